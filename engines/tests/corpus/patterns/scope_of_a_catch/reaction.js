function process(data) {
  try {
    let failing = true;
    if (failing) throw new RangeError('on purpose');
    let successes = 1;
    DataSet('successes', String(successes));
  } catch (error) {
    Error('failed ' + error.message);
    successes + 1;
  }
}
