function process(data) {
  Info([data.custom.a, String({}.secret), JSON.stringify(globalThis.caught || [])].join(' '));
  globalThis.caught = [];
  for (const key of ['secret', 'a', 'process', 'toJSON', 'length', '0', 'get', 'set']) {
    const accessor = Object.assign(Object.create(null), {
      get() {
        caught.push(key);
      },
      set() {},
      configurable: true,
    });
    Object.defineProperty(Object.prototype, key, accessor);
  }
}
