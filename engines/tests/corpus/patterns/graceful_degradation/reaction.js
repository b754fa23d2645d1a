function process(data) {
  if (KillCurrent() < 0) Warn('kill: ' + Errno());
  if (CreateTempDir('case-*') === '') Warn('folder: ' + Errno());
  if (DataSet('k', 'v') !== 0) Warn('note: ' + Errno());
}
