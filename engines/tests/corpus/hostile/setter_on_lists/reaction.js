function process(data) {
  for (let n = 0; n < 10; n += 1) {
    Object.defineProperty(Array.prototype, n, {
      set() {
        for (;;);
      },
      get() {
        for (;;);
      },
    });
  }
  [1, 2, 3].map((n) => n);
  [4, 5].slice().concat([6]).reverse();
}
