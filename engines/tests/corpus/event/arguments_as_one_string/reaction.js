function process(data) {
  Info(data.process.cmd);
  Info(JSON.stringify(data.process.args) + ' ' + JSON.stringify(data.process.envs));
}
