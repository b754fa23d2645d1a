async function process(data) {
  Info('before');
  await null;
  throw new Error('rejected');
}
