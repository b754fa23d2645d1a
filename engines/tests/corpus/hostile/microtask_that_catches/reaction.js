async function process(data) {
  for (;;) {
    try {
      await Promise.reject(new Error('x'));
    } catch (error) {
      continue;
    }
  }
}
