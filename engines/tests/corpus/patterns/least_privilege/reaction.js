function process(data) {
  if (data.metadata && data.metadata.importance === 'critical') {
    if (KillCurrent() === 0) Info('threat ended');
  } else {
    Warn('suspicious: ' + data.process.cmd);
    DataSet('suspicious_' + new Date().getTime(), JSON.stringify({ process: data.process.cmd, timestamp: new Date().toISOString() }));
  }
}
