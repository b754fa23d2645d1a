function process(data) {
  const endless = () => {
    for (;;);
  };
  throw new Proxy({}, { get: endless, has: endless, getPrototypeOf: endless, ownKeys: endless, getOwnPropertyDescriptor: endless });
}
