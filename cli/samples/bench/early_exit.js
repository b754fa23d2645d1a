// R1: looks at one field and leaves.
function process(data) {
  if (!data.process.cmd.includes('wget')) return;
  Warn('wget: ' + data.process.cmd);
}
