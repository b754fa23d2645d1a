function process(data) {
  for (let n = 1; ; n += 1) {
    try {
      Info(n);
    } catch (error) {
      // Nothing.
    }
  }
}
