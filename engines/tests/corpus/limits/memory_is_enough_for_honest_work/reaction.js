function process(data) {
  const list = [];
  for (let n = 0; n < 100000; n += 1) list.push(n);
  let text = 'x'.repeat(1000000);
  Info(list.length + ' ' + text.length);
}
