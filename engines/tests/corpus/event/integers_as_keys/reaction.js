function process(data) {
  const custom = data.custom;
  Info([custom[1], custom['0'], custom[-1], custom.b].join(' '));
}
