function process(data) {
  const dir = CreateTempDir();
  WriteFile(dir + '/x', 'x'.repeat(1000));
  Info(ReadFile(dir + '/x').length);
}
