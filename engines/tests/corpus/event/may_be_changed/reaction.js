function process(data) {
  delete data.custom.drop;
  data.custom.added = [true];
  Info(JSON.stringify(data.custom));
  data.process.pid += 1;
  data.process.comm = 'sh';
  data.process.args[0] = 'c';
  data.process.args.push('new');
  Info([data.process.pid, data.process.comm, data.process.args.join(',')].join(' '));
  Info(typeof data.custom.drop + ' ' + data.process.args.length);
  Info(Object.keys(data.custom).join(','));
}
