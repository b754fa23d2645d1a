function process(data) {
  Info(JSON.stringify(data.custom));
  Info(data.custom.list.slice(0, 3).join(' ') + ' ' + data.custom.list.length);
}
