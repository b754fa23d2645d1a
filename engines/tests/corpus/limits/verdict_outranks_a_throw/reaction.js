function process(data) {
  try {
    for (;;);
  } finally {
    throw new Error('mine');
  }
}
