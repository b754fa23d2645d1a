function process(data) {
  const n = 2n ** 1000000n;
  for (;;) n.toString();
}
