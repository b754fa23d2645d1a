function process(data) {
  /(?<=^(a+)+)c/.test('a'.repeat(100000) + 'bc');
}
