function deeper() {
  return deeper() + 1;
}
deeper();

function process(data) {}
