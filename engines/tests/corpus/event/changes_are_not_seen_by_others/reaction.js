function process(data) {
  Info(data.process.pid + ' ' + data.process.comm + ' ' + JSON.stringify(data.custom.list));
  data.process.pid = 1;
  data.process = null;
  data.custom.list.length = 0;
  delete data.custom;
}
