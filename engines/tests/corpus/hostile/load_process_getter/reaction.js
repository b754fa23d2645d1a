Object.defineProperty(globalThis, 'process', {
  get() {
    for (;;);
  },
});
