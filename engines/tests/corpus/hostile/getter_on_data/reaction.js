function process(data) {
  Object.defineProperty(data, 'process', {
    get() {
      for (;;);
    },
  });
  JSON.stringify(data);
}
