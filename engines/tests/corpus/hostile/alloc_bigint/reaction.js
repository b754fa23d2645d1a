function process(data) {
  let n = 3n;
  for (;;) n = n * n;
}
