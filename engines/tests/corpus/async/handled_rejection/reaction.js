async function process(data) {
  const failing = Promise.reject(new Error('late'));
  await null;
  try {
    await failing;
  } catch (error) {
    Info('handled ' + error.message);
  }
}
