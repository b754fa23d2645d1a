function deeper(n) {
  try {
    return deeper(n + 1);
  } catch (error) {
    return n;
  }
}

function process(data) {
  Info(deeper(0) > 50);
}
