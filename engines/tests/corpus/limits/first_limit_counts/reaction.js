function process(data) {
  try {
    Info('1');
    Info('2');
    Info('3');
  } finally {
    for (;;);
  }
}
