function process(data) {
  Info([[1, 2, 3].length, [1, 2].join(), String({}.polluted), 'x' in {}].join(' '));
  Object.prototype.polluted = 'yes';
  Object.prototype.x = 1;
  Array.prototype.join = () => 'hijacked';
  String.prototype.includes = () => true;
  Object.setPrototypeOf(Array.prototype, null);
}
