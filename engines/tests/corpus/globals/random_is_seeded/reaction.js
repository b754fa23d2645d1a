function process(data) {
  const a = Math.random();
  const b = Math.random();
  Info((a !== b) + ' ' + (a >= 0 && a < 1 && b >= 0 && b < 1));
  const before = DataGet('a');
  Info(before === '' ? 'first' : before === String(a) ? 'repeats' : 'differs');
  DataSet('a', String(a));
}
