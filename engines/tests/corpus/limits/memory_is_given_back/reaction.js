function process(data) {
  const text = 'x'.repeat(10000000);
  Info(text.length);
}
