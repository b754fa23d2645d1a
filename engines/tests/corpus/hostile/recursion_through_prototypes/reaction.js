function process(data) {
  let object = {};
  for (let n = 0; n < 50000; n += 1) object = Object.create(object);
  for (;;) object.absent;
}
