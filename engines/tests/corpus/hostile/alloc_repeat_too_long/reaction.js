function process(data) {
  'x'.repeat(2 ** 40);
}
