function process(data) {
  const folder = CreateTempDir('incident-*');
  if (folder === '' || !folder.startsWith('/tmp/')) {
    Error('no folder for evidence: ' + Errno());
    return;
  }
  const evidence = {
    timestamp: new Date().toISOString(),
    event: uuid,
    process: data.process ? data.process.exe : 'unknown',
    file: data.file ? data.file.basename : 'unknown',
  };
  const path = folder + '/evidence.json';
  if (WriteFile(path, JSON.stringify(evidence, null, 2)) === 0) Info('evidence kept');
  else Error('no evidence: ' + Errno());
  const back = JSON.parse(ReadFile(path));
  Info([back.timestamp === '2026-01-01T00:00:00.000Z', back.event, back.process, back.file, ReadFile(path).includes('password')].join(' '));
}
