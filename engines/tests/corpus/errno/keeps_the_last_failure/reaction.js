function process(data) {
  Info('[' + Errno() + ']');
  DataSet();
  Info('[' + Errno() + ']');
  DataSet('k', 'v');
  DataGet('absent');
  Info('[' + Errno() + ']');
  DataGet(null);
  Info('[' + Errno() + ']');
}
