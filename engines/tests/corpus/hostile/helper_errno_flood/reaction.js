function process(data) {
  for (;;) Errno();
}
