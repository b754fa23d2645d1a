function process(data) {
  const text = '1'.repeat(1000000);
  for (;;) Date.parse(text + ' ' + text);
}
