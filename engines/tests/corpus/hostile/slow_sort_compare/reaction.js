function process(data) {
  [3, 1, 2].sort(() => {
    for (;;);
  });
}
