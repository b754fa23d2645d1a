function process(data) {
  const text = 'a'.repeat(20) + 'b';
  for (;;) /^(a+)+$/.test(text);
}
