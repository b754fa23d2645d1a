function process(data) {
  const text = 'a'.repeat(4000000);
  text.indexOf('a'.repeat(2000000) + 'b');
}
