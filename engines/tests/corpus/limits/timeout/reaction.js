function process(data) {
  Info('before');
  for (;;);
}
