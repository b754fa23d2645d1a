function process(data) {
  const plain = CreateTempDir();
  const named = CreateTempDir('incident-*');
  const again = CreateTempDir('incident-*');
  const stat = Stat(named);
  Info([plain.startsWith('/tmp/reactant-'), named.startsWith('/tmp/incident-'), named !== again, stat.mode, stat.isDir].join(' '));
  Info('[' + Errno() + ']');
}
