function process(data) {
  const steps = [DataIncr('n'), DataIncr('n'), DataIncr('n', 10), DataIncr('n', -5), DataIncr('n', '1')];
  Info(steps.join(' ') + ' ' + DataGet('n'));
  Info('[' + Errno() + ']');
}
