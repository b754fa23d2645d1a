function process(data) {
  const tell = (value) => (value === undefined ? 'absent' : 'present');
  Info([tell(data.nothing), tell(data.process.nothing), tell(data.background.flows)].join(' '));
  Info(data.process.comm || 'fallback');
}
