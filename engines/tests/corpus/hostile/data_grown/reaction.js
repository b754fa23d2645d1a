function process(data) {
  for (let n = 0; ; n += 1) data['k' + n] = { n, data };
}
