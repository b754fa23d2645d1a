function process(data) {
  throw {
    get message() { throw new Error('message'); },
    get stack() { throw new Error('stack'); },
    get name() { throw new Error('name'); },
    toString() { throw new Error('toString'); },
  };
}
