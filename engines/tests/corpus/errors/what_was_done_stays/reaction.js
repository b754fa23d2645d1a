function process(data) {
  DataSet('k', 'v');
  Info('said');
  CreateTempDir();
  throw new Error('after');
}
