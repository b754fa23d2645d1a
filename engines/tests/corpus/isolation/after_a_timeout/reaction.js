let state = 'fresh';

function process(data) {
  Info(state);
  state = 'spoilt';
  globalThis.Info = null;
  for (;;) state += 1 % 2;
}
