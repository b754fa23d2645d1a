function process(data) {
  Info(DataSet('k', NaN) + ' ' + Errno());
  Info(DataIncr('n', Infinity) + ' ' + Errno());
  Info(DataIncr('n', 2.0));
}
