function process(data) {
  Info([[1, 2].map((n) => n * 2).join(), 'a b'.split(' ').join('-'), [] instanceof Array].join(' '));
  Object.defineProperty(Array, Symbol.species, { value: function () { return {}; } });
  Object.defineProperty(Array, Symbol.hasInstance, { value: () => false });
  String.prototype[Symbol.iterator] = null;
  Array.prototype[Symbol.iterator] = null;
  RegExp.prototype[Symbol.split] = () => ['hijacked'];
}
