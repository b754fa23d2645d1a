function process(data) {
  Info(data.custom.length + ' ' + /^x+$/.test(data.custom));
  DataSet('large', data.custom);
  Info(DataGet('large') === data.custom);
}
