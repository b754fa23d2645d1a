function process(data) {
  for (const key of ['then', 'toJSON', 'message', 'stack', 'name', 'cause', 'get', 'set', 'value', 'length', 'next', 'done', 'constructor', 'process', 'kind']) {
    Object.defineProperty(Object.prototype, key, {
      get() {
        for (;;);
      },
      set() {
        for (;;);
      },
    });
  }
  return {};
}
