function process(data) {
  const error = new TypeError('x');
  for (const key of ['stack', 'name', 'message', 'toString', 'constructor', 'cause']) {
    Object.defineProperty(error, key, {
      get() {
        for (;;);
      },
    });
  }
  throw error;
}
