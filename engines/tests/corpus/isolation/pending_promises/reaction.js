async function process(data) {
  Info('start');
  Promise.resolve().then(() => { globalThis.late = true; });
  await new Promise(() => {});
}
