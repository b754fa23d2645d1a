function process(data) {
  for (;;) BigInt('9'.repeat(300000));
}
