function Warn(text) {
  Info('own ' + text);
}

function process(data) {
  Warn('a');
}
