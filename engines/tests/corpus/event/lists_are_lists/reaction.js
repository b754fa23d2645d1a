function process(data) {
  const args = data.process.args;
  Info(args.join('|') + ' ' + args.length);
  const list = data.custom;
  Info([list.reduce((sum, item) => sum + item.n, 0), list.filter((item) => item.n > 1).length, list.some((item) => item.n === 3), list.findIndex((item) => item.n === 2)].join(' '));
  const seen = [];
  for (const item of list) seen.push(item.n);
  Info(seen.join(' '));
  Info([...list].reverse().map((item) => item.n).join(' '));
}
