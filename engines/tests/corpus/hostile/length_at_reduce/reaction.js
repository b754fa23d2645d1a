function process(data) {
  Array.prototype.reduceRight.call({ length: 2 ** 53 - 1 }, () => 0);
}
