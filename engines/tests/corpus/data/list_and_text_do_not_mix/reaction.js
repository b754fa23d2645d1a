function process(data) {
  DataSet('t', 'text');
  DataPush('l', 'member');
  Info(DataPush('t', 'x') + ' ' + Errno());
  Info('[' + DataPop('t') + '] ' + Errno());
  Info(DataIncr('l') + ' ' + Errno());
  Info(DataCas('l', '', 'x') + ' ' + Errno());
  Info(DataSet('l', 'now text') + ' ' + DataGet('l'));
}
