function process(data) {
  Array.prototype.slice.call({ length: 2 ** 53 - 1 }, 0, 2 ** 32 - 1);
}
