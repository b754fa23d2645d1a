function process(data) {
  const buffer = new ArrayBuffer(8, { maxByteLength: 2 ** 30 });
  buffer.resize(2 ** 30);
  new Uint8Array(buffer).fill(1);
}
