function process(data) {
  const custom = data.custom;
  Info([custom.constructor, custom['toString'], custom['hasOwnProperty'], custom.length].join(' '));
  Info({}.polluted === undefined && data.process.polluted === undefined ? 'absent' : 'polluted');
  Info(JSON.stringify(custom));
}
