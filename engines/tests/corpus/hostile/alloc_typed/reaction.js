function process(data) {
  new Uint8Array(1000000000).fill(1);
}
