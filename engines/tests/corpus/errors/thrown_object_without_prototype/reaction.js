function process(data) {
  throw Object.create(null);
}
