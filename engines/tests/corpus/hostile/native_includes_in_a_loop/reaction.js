function process(data) {
  const text = 'a'.repeat(200000);
  const needle = 'a'.repeat(100000) + 'b';
  for (;;) text.includes(needle);
}
