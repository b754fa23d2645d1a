let state = 'fresh';

function process(data) {
  Info(state);
  state = 'spoilt';
  globalThis.Info = null;
  throw new Error('on purpose');
}
