function process(data) {
  Info('[' + Errno() + ']');
  DataSet();
}
