function process(data) {
  let list = [];
  for (let n = 0; n < 2000; n += 1) list = [list, list.length];
  const text = JSON.stringify(list, null, 10);
  const kept = [];
  for (;;) kept.push(text + kept.length);
}
