function process(data) {
  const text = '\u0315\u0300\u05ae\u0300'.repeat(200000);
  for (;;) text.normalize('NFKD');
}
