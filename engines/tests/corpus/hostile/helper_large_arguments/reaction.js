function process(data) {
  const text = 'x'.repeat(300000);
  for (;;) DataSet('k', text);
}
