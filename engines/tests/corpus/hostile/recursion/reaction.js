function deeper(n) {
  return deeper(n + 1) + 1;
}

function process(data) {
  deeper(0);
}
