function process(data) {
  const lock = 'processing_' + name + '_' + uuid.slice(-8);
  if (DataHasKey(lock)) {
    Info('another is at it');
    return;
  }
  DataSet(lock, new Date().toISOString());
}
