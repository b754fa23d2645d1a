function process(data) {
  const everything = [globalThis, Object.prototype, Array.prototype, String.prototype, Function.prototype, Promise.prototype, Error.prototype, RegExp.prototype];
  const keys = Reflect.ownKeys;
  const remove = Reflect.deleteProperty;
  for (const each of everything) for (const key of keys(each)) remove(each, key);
}
