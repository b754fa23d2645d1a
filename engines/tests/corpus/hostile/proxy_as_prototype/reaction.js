function process(data) {
  const trap = new Proxy({}, {
    get() {
      for (;;);
    },
    has() {
      for (;;);
    },
  });
  Object.setPrototypeOf(Array.prototype, trap);
  [].absent;
}
