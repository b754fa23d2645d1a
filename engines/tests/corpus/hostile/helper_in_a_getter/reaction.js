function process(data) {
  const odd = {
    get key() {
      return DataGet('k');
    },
    toString: () => DataGet('k'),
    [Symbol.toPrimitive]: () => DataSize(),
  };
  [3, 1, 2].sort(() => DataSize());
  'abc'.replace(/b/, () => DataGet('k'));
  JSON.stringify({ toJSON: () => DataKeys(), odd });
  return odd.key + odd + +odd;
}
