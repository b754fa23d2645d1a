function process(data) {
  if (data.timestamp === '2026-01-01T00:00:00Z') Info(DataSetTtl('k', 'v', 10));
  Info([DataHasKey('k'), DataGet('k'), DataSize(), DataKeys(), DataValues(), DataHasValue('v')].join(' '));
}
