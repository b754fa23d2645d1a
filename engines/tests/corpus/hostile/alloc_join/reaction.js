function process(data) {
  new Array(1000000).join('x'.repeat(1000000));
}
