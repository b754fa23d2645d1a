function process(data) {
  const a = 'ä'.repeat(1000000);
  const b = a + 'b';
  for (;;) a.localeCompare(b);
}
