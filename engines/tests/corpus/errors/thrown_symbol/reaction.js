function process(data) {
  throw Symbol('odd');
}
