function process(data) {
  const steps = [DataCas('k', '', 'a'), DataCas('k', '', 'b'), DataCas('k', 'a', 'b'), DataCas('k', 'a', 'c'), DataCas('k', 'b', 'c')];
  Info(steps.join(' '));
  Info(DataCas('absent', 'x', 'y') + ' [' + Errno() + ']');
}
