function process(data) {
  const handler = { get: () => new Proxy(() => {}, handler), apply: () => new Proxy(() => {}, handler) };
  let at = new Proxy(() => {}, handler);
  for (;;) at = at.x();
}
