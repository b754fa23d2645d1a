function process(data) {
  for (;;) 3n ** 500000n;
}
