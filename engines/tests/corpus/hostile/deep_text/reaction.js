function process(data) {
  let list = [];
  for (let n = 0; n < 50000; n += 1) list = [list];
  String(list);
}
