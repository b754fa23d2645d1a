function process(data) {
  const list = [];
  for (let n = 0; n < 200000; n += 1) list.push((n * 7919) % 200003);
  for (;;) list.slice().sort();
}
