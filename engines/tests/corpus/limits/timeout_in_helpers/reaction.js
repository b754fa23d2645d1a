function process(data) {
  for (;;) DataHasKey('k');
}
