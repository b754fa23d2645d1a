function process(data) {
  DataSet('k', 'v');
  Info('real ' + DataGet('k'));
  DataGet = () => 'hijacked';
  DataSet = null;
  globalThis.Info = () => {};
  delete globalThis.Warn;
}
