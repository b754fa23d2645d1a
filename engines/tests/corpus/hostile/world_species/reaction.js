function process(data) {
  Object.defineProperty(Array, Symbol.species, {
    get() {
      for (;;);
    },
  });
  [1, 2, 3].map((n) => n);
}
