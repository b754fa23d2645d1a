function process(data) {
  throw new AggregateError(new Array(20000).fill(0).map((_, n) => new Error(n)));
}
