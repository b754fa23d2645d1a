async function process(data) {
  for (;;) await null;
}
