const PATTERNS = ['wget', 'curl', 'nc ', 'bash -i'];

function process(data) {
  const cmd = (data.process && data.process.cmd) || '';
  const file = (data.file && data.file.basename) || '';
  if (!cmd && !file) {
    Info('nothing to act on');
    return;
  }
  if (!PATTERNS.some((pattern) => cmd.includes(pattern))) return;
  DataSet('last', new Date().toISOString());
  const count = parseInt(DataGet('count') || '0') + 1;
  DataSet('count', String(count));
  Info('suspicious ' + cmd + ', count ' + count);
  if (count > 1) Warn('escalating ' + NetBlockIp());
}
