function process(data) {
  for (;;) {
    try {
      for (;;);
    } catch (error) {
      continue;
    } finally {
      continue;
    }
  }
}
