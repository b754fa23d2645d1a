function process(data) {
  Info([JSON.stringify(data.custom), Math.max(1, 3), new Date(0).toISOString(), /a/.test('a')].join(' '));
  JSON.stringify = () => 'hijacked';
  JSON.parse = null;
  Math.max = () => 0;
  Date = class {
    toISOString() {
      return 'never';
    }
  };
  RegExp.prototype.exec = () => null;
  delete globalThis.Map;
  delete globalThis.Object;
  globalThis.Array = undefined;
}
