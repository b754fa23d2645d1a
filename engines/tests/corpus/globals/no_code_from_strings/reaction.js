function attempt(make) {
  try {
    const made = make();
    return typeof made === 'function' || made === 2 ? 'made' : 'refused';
  } catch (error) {
    return 'refused';
  }
}

function process(data) {
  Info([
    attempt(() => eval('1 + 1')),
    attempt(() => (0, eval)('1 + 1')),
    attempt(() => Function('return 1')),
    attempt(() => (() => {}).constructor('return 1')),
    attempt(() => (function* () {}).constructor('yield 1')),
    attempt(() => (async () => {}).constructor('return 1')),
  ].join(' '));
}
