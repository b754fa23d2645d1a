function process(data) {
  const text = 'ü'.repeat(300000);
  for (;;) decodeURIComponent(encodeURIComponent(text));
}
