function process(data) {
  const keys = Array.from({ length: 100000 }, (_, n) => 'k' + n);
  const proxy = new Proxy({}, { ownKeys: () => keys, getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) });
  for (;;) ({ ...proxy });
}
