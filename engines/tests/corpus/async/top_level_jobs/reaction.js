let ran = 0;
Promise.resolve().then(() => {
  globalThis.early = true;
});

function process(data) {
  Info('fresh ' + ran);
  ran += 1;
}
