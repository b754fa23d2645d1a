function process(data) {
  const list = [];
  for (;;) list.push([list.length, 'x']);
}
