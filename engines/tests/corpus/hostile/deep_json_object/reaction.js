function process(data) {
  let object = {};
  for (let n = 0; n < 50000; n += 1) object = { in: object };
  JSON.stringify(object);
}
