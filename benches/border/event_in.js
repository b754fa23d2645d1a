// An early exit on an event that came as text.
function process() {
  const event = JSON.parse(DataGet('event'));
  if (!event.process.cmd.includes('wget')) return;
  Warn('wget: ' + event.process.cmd);
}
