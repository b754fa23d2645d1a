function change() {
  data.process.note = 'set';
  data.extra = 5;
  data.process.args.push('c');
}

function told() {
  return data.more + ' ' + data.process.pid;
}

function process(event) {
  change();
  Info(event.process.note + ' ' + event.extra + ' ' + event.process.args.join(','));
  event.more = 'later';
  Info(told());
  Info(JSON.stringify(data.process));
}
