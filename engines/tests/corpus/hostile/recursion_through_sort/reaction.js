function compare() {
  [2, 1].sort(compare);
  return 0;
}

function process(data) {
  compare();
}
