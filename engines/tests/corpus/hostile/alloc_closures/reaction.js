function process(data) {
  let last = null;
  for (;;) {
    const before = last;
    last = () => before;
  }
}
