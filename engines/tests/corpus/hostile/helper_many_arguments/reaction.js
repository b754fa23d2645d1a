function process(data) {
  const list = new Array(50000).fill('x');
  for (;;) DataHasKey(...list);
}
