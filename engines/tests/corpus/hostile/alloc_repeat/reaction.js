function process(data) {
  'x'.repeat(500000000);
}
