function process(data) {
  const map = new Map();
  for (let n = 0; ; n += 1) map.set(n, n);
}
