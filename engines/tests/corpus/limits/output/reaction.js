function process(data) {
  for (let n = 0; n < 10; n += 1) {
    try {
      Info('x'.repeat(300));
    } catch (error) {
      // Nothing.
    }
  }
}
