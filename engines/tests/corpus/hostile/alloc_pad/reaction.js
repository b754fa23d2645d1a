function process(data) {
  ''.padEnd(500000000, 'ab');
}
