function process(data) {
  const object = {};
  for (let n = 0; ; n += 1) object['k' + n] = n;
}
