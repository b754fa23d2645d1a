function process(data) {
  const before = DataGet('folder');
  const made = CreateTempDir();
  const read = before === '' ? '' : ReadFile(before + '/note');
  Info((before === '' ? 'made' : before === made ? 'same folder' : 'other folder') + ', read [' + read + ']');
  WriteFile(made + '/note', before === '' ? 'first' : 'second');
  DataSet('folder', made);
}
