function process(data) {
  const [...rest] = { [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) };
}
