function process(data) {
  let bound = () => 1;
  for (let n = 0; n < 100000; n += 1) bound = bound.bind(null);
  bound();
}
