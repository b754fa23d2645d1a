function process(data) {
  const n = data.n;
  Info([n.odd, n.most, n.unsigned].join(' '));
  Info(JSON.stringify(n));
  Info(n.odd + ' ' + n.most);
  Info(String(n.odd === 2 ** 53) + ' ' + (n.most === 2 ** 63));
}
