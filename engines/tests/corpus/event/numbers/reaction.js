function process(data) {
  const n = data.n;
  Info([n.most, n.least, n.whole, n.half, n.zero].join(' '));
  Info(JSON.stringify({ whole: n.whole, half: n.half }));
}
