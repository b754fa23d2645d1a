function process(data) {
  for (let n = 1; n <= 3; n += 1) Info(n);
}
