function tell(pattern) {
  const made = CreateTempDir(pattern);
  Info(made === '' && Errno() !== '' ? 'refused' : 'made ' + made);
}

function process(data) {
  tell('incident');
  tell('a/b-*');
  tell('/etc/x-*');
  tell('../x-*');
  tell('');
  tell('a\u0000b-*');
}
