function process(data) {
  Info(['[' + ReadFile('/etc/passwd') + ']', String(Stat('/etc/passwd')), WriteFile('/tmp/x', 'y'), AppendFile('/tmp/x', 'y'), '[' + CreateTempDir() + ']', RemoveDir('/tmp/x')].join(' '));
  Info(Errno());
}
