let state = ['fresh'];

function process(data) {
  Info(state[0]);
  state[0] = 'spoilt';
  for (;;) state.push(new Array(1000).fill(state.length));
}
