const LONGEST = 60;

function clean(text) {
  const plain = (text || 'unknown').replace(/[\x00-\x1f\x7f-\x9f]/g, '');
  return plain.length > LONGEST ? plain.substring(0, LONGEST) + '...' : plain;
}

function process(data) {
  if (!data || typeof data !== 'object') {
    Error('no event');
    return;
  }
  if (data.process) Info('command ' + clean(data.process.cmd));
  if (data.file && data.file.file) {
    const path = data.file.file;
    if (!path.startsWith('/') || path.includes('../')) {
      Error('suspicious path ' + path);
      return;
    }
    Info('path ' + path);
  }
}
