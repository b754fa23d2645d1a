function process(data) {
  throw new Error('x'.repeat(1000000));
}
