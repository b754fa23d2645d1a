function process(data) {
  const registry = new FinalizationRegistry(() => {
    for (;;);
  });
  for (let n = 0; n < 1000; n += 1) registry.register({}, n);
}
