function process(data) {
  throw null;
}
