function process(data) {
  try {
    for (;;);
  } finally {
    for (;;);
  }
}
