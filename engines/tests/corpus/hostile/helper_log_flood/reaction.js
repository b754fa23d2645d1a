function process(data) {
  for (;;) {
    try {
      Info('x'.repeat(8000));
    } catch (error) {
      continue;
    }
  }
}
