function process(data) {
  /^(a|a|aa)*$/.test('a'.repeat(200) + 'b');
}
