function tell(result) {
  Info(result + ' ' + Errno());
}

function process(data) {
  tell('[' + ReadFile('etc/passwd') + ']');
  tell('[' + ReadFile('') + ']');
  tell('[' + ReadFile('/tmp/../etc/passwd') + ']');
  tell('[' + ReadFile('/etc/passwd\u0000.txt') + ']');
  tell(String(Stat('etc/passwd')));
  tell(String(Stat('/..')));
  tell(WriteFile('x', 'y'));
  tell(WriteFile('/tmp/a/../b', 'y'));
  tell(AppendFile('../x', 'y'));
  tell(RemoveDir('/tmp/..'));
}
