function process(data) {
  throw 42;
}
