let state = 'fresh';

function process(data) {
  Info(state);
  state = 'spoilt';
  for (;;) DataHasKey('k');
}
