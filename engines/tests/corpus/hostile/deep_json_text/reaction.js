function process(data) {
  JSON.parse('['.repeat(1000000));
}
