function process(data) {
  const custom = data.custom;
  Info([custom.list.length, JSON.stringify(custom.list), JSON.stringify(custom.object), Array.isArray(custom.list), Array.isArray(custom.object)].join(' '));
  Info(JSON.stringify(data.process.args) + ' ' + data.process.envs.join('').length);
}
