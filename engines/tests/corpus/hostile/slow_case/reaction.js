function process(data) {
  const text = 'ß'.repeat(1000000);
  for (;;) text.toUpperCase();
}
