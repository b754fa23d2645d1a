function process(data) {
  const dir = CreateTempDir('case-*');
  WriteFile(dir + '/a', 'evidence');
  Info(ReadFile(dir + '/a'));
  Info(RemoveDir(dir) + ' ' + Stat(dir) + ' [' + ReadFile(dir + '/a') + ']');
  Info(RemoveDir(dir));
}
