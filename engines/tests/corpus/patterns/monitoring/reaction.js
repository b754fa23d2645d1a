function work(data) {
  if (data.process.comm === 'bad') data.process.nothing.more();
}

function count(key) {
  const n = parseInt(DataGet(key) || '0') + 1;
  DataSet(key, String(n));
  return n;
}

function process(data) {
  const start = new Date().getTime();
  try {
    work(data);
    count('successes');
  } catch (error) {
    const failures = count('failures');
    Error('failed: ' + error.name);
    const total = parseInt(DataGet('successes')) + 1;
    if (failures / total > 0.1) Error('failure rate ' + total / (failures + total));
  } finally {
    const took = new Date().getTime() - start;
    const average = parseFloat(DataGet('average') || '0');
    DataSet('average', String(average * 0.9 + took * 0.1));
  }
}
