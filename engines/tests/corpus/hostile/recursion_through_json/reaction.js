const odd = { toJSON: () => JSON.stringify(odd) };

function process(data) {
  JSON.stringify(odd);
}
