function process(data) {
  const list = new Proxy([], { get: (target, key) => (key === 'length' ? 2 ** 53 - 1 : '' + String(key)) });
  JSON.stringify({}, list);
}
