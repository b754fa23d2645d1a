let kept = 0;

function process(data) {
  const stored = DataGet('n') || '0';
  Info('stored ' + stored + ', kept ' + kept);
  kept += 1;
  DataSet('n', String(parseInt(stored) + 1));
}
