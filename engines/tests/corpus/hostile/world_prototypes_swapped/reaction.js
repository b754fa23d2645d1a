function process(data) {
  Object.setPrototypeOf(Function.prototype, Array.prototype);
  Object.setPrototypeOf(Array.prototype, String.prototype);
  Object.setPrototypeOf(globalThis, Promise.prototype);
  Object.setPrototypeOf(data, null);
  data.process.comm;
}
