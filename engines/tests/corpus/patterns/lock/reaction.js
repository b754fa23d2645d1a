function process(data) {
  if (!DataCas('busy', '', 'me')) Info('busy already');
  const id = uuid.slice(-9);
  const lock = 'processing_' + id;
  if (!DataCas(lock, '', new Date().toISOString())) {
    Info('another is at it');
    return;
  }
  try {
    Info('locked ' + id + ' ' + !DataCas(lock, '', 'again'));
    DataIncr('count');
  } finally {
    DataDelete(lock);
  }
  Info('free ' + !DataHasKey(lock));
}
