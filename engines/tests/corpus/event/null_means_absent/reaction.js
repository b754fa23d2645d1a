function process(data) {
  Info([!!data.file, !!data.background.flows, 'flows' in data.background].join(' '));
  Info(data.process.pid + ' ' + data.process.uid);
  Info(JSON.stringify(data.custom));
}
