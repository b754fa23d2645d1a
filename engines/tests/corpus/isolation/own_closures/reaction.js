const next = (() => {
  let n = 0;
  return () => {
    n += 1;
    return n;
  };
})();

function process(data) {
  Info(next() + ' ' + next());
}
