function process(data) {
  throw undefined;
}
