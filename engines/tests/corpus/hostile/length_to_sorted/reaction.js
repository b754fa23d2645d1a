function process(data) {
  Array.prototype.toSorted.call({ length: 2 ** 32 - 1 });
}
