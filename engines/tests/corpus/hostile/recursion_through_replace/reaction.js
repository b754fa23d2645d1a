function replace() {
  return 'a'.replace(/a/, replace);
}

function process(data) {
  replace();
}
