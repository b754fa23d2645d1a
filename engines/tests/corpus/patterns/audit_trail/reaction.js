function process(data) {
  const record = {
    timestamp: new Date().toISOString(),
    reaction: name,
    kind: kind,
    event: uuid,
    metadata: { importance: data.metadata.importance, tactic: data.metadata.tactic, technique: data.metadata.technique },
    accessed: [],
    taken: [],
  };
  try {
    if (data.process) record.accessed.push('process');
    if (data.file) record.accessed.push('file');
    if (data.background && data.background.flows) record.accessed.push('flows');
    if (data.metadata.importance === 'critical') {
      const result = KillCurrent();
      record.taken.push({ action: 'kill', result: result === 0 ? 'success' : 'failed', error: result !== 0 ? Errno() : null });
    }
    record.status = 'completed';
  } catch (error) {
    record.status = 'failed';
    record.error = String(error);
  }
  const path = data.dir + '/audit.log';
  AppendFile(path, JSON.stringify(record) + '\n');
  DataSet('audit_' + uuid, JSON.stringify(record));
  Info(ReadFile(path).trim().split('\n').length + ' line, ' + JSON.parse(ReadFile(path)).status);
}
