function process(data) {
  const n = 3n ** 400000n;
  const m = 7n ** 100000n;
  for (;;) n / m;
}
