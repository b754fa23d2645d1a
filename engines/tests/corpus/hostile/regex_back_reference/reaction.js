function process(data) {
  /(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)\9x/s.test('a'.repeat(5000));
}
