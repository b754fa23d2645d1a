function process(data) {
  let proxy = {};
  for (let n = 0; n < 100000; n += 1) proxy = new Proxy(proxy, {});
  proxy.field;
}
