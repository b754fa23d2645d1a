function tell(result) {
  Info(result + ' ' + Errno());
}

function process(data) {
  tell('[' + ReadFile() + ']');
  tell('[' + ReadFile(null) + ']');
  tell(String(Stat({})));
  tell(WriteFile('/tmp/x'));
  tell(WriteFile('/tmp/x', ['y']));
  tell(AppendFile(null, 'y'));
  tell('[' + CreateTempDir({}) + ']');
  tell(RemoveDir());
}
