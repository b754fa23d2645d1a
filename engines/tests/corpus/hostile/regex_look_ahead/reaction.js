function process(data) {
  /(?=(a*)*b)c/.test('a'.repeat(100000));
}
