function process(data) {
  throw new Error('x'.repeat(4000000));
}
