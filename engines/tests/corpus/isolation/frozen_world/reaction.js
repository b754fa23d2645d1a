function process(data) {
  globalThis.fresh = 1;
  Array.prototype.own = 2;
  Info([].own + ' ' + Object.isExtensible(globalThis));
  for (const each of [Object.prototype, Array.prototype, Function.prototype, JSON, Math]) Object.freeze(each);
  Object.preventExtensions(globalThis);
}
