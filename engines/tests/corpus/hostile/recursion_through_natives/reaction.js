function deeper() {
  [1].map(deeper);
}

function process(data) {
  deeper();
}
