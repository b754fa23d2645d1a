function process(data) {
  for (;;);
}
