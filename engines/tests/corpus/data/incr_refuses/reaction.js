function process(data) {
  Info(DataIncr('word') + ' ' + Errno());
  Info(DataIncr('half') + ' ' + Errno());
  Info(DataIncr('n', 0.5) + ' ' + Errno());
  Info(DataIncr('n', 'ten') + ' ' + Errno());
  Info(DataIncr('n', {}) + ' ' + Errno());
  Info(DataIncr('most') + ' ' + Errno());
  Info(DataIncr('least', -1) + ' ' + Errno());
}
