function process(data) {
  const nul = 'a\u0000b\u001f';
  const wide = 'ü漢🦀\u{10ffff}';
  DataSet('nul', nul);
  DataSet('wide', wide);
  Info((DataGet('nul') === nul) + ' ' + (DataGet('wide') === wide));
  DataSet('lone', '\ud800');
  Info(DataGet('lone').charCodeAt(0));
}
