function process(data) {
  const text = 'a'.repeat(4000000);
  text.replaceAll('a'.repeat(2000000) + 'b', '');
}
