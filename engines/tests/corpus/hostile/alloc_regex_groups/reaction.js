function process(data) {
  for (;;) new RegExp('(a)'.repeat(100000));
}
