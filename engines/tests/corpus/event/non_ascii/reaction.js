function process(data) {
  Info([data.custom['schlüssel'], data.custom.text, data.custom.list.join(',')].join(' '));
  Info(data.process.comm + ' ' + data.process.cmd);
  Info(JSON.stringify(data.custom));
  DataSet('ключ', '🦀');
  Info(DataGet('ключ') === '🦀');
}
