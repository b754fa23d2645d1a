function process(data) {
  const proxy = new Proxy({}, {
    ownKeys() {
      for (;;);
    },
  });
  Object.keys(proxy);
}
