function process(data) {
  const list = new Uint8Array(8000000);
  for (;;) list.indexOf(1);
}
