function process(data) {
  const list = new Float64Array(500000);
  for (;;) {
    for (let n = 0; n < 1000; n += 1) list[n * 500] = Math.random();
    list.sort();
  }
}
