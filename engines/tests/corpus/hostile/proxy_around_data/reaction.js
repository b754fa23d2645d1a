function process(data) {
  const proxy = new Proxy(data, {});
  JSON.stringify(proxy);
  Object.keys(proxy.process);
  ({ ...proxy });
  structure(proxy);
}

function structure(value) {
  return Array.isArray(value) || value instanceof Object || Object.prototype.toString.call(value);
}
