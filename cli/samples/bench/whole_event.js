// R3: the whole event as JSON.
function process(data) {
  return JSON.stringify(data, null, 2);
}
