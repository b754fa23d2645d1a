async function process(data) {
  Info('before');
  await new Promise(() => {});
  Info('never');
}
