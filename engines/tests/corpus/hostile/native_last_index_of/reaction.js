function process(data) {
  const text = 'a'.repeat(4000000);
  text.lastIndexOf('a'.repeat(2000000) + 'b');
}
