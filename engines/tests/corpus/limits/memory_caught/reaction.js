function process(data) {
  let kept = [];
  try {
    for (;;) kept.push(new Array(1000).fill(kept.length));
  } catch (error) {
    kept = null;
  }
  Info('after');
  DataSet('after', 'yes');
  CreateTempDir();
}
