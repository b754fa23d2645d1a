let asked = 0;
const odd = {
  toString() {
    asked += 1;
    return 'text';
  },
  valueOf() {
    asked += 1;
    return 1;
  },
  [Symbol.toPrimitive]() {
    asked += 1;
    return 'primitive';
  },
};

function process(data) {
  Info(DataSet(odd, 'v') + ' ' + Errno());
  Info(DataSet('k', new Proxy(odd, { get() { asked += 1; } })) + ' ' + Errno());
  Info(DataIncr('k', odd) + ' ' + Errno());
  Info('[' + DataGet(new String('k')) + '] ' + Errno());
  Info(asked + ' asked');
}
