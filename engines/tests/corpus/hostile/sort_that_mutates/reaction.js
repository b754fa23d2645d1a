function process(data) {
  const list = [];
  for (let n = 0; n < 1000; n += 1) list.push(n % 7);
  list.sort((a, b) => {
    list.length = 0;
    list.push(a, b, {});
    return b - a;
  });
}
