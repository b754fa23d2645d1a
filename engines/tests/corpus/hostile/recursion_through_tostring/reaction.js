const odd = { toString: () => '' + odd };

function process(data) {
  '' + odd;
}
