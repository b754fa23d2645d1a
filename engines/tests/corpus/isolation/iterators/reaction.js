function* numbers() {
  yield 1;
  yield 2;
  yield 3;
}

async function process(data) {
  const list = [...numbers()].join();
  const pairs = [...new Map([['a', 1], ['b', 2]]).keys()].join();
  const size = Array.from(new Set([1, 2])).length;
  Info([list, pairs, size, await Promise.resolve('x')].join(' '));
  const iterator = Object.getPrototypeOf([][Symbol.iterator]());
  iterator.next = () => ({ done: true });
  Object.getPrototypeOf(iterator)[Symbol.iterator] = null;
  Object.getPrototypeOf(numbers).prototype.next = () => ({ done: true });
  Object.getPrototypeOf(new Map().keys()).next = () => ({ done: true });
  Promise.prototype.then = () => {};
  Promise.resolve = null;
}
