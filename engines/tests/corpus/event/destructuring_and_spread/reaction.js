function process(data) {
  const only = { pid: data.process.pid, comm: data.process.comm, uid: data.process.uid };
  const view = data.process;
  const { comm, ...rest } = only;
  Info(comm + ' ' + JSON.stringify(rest) + ' ' + (JSON.stringify({ ...view }) === JSON.stringify(view)));
  const wanted = ['pid', 'comm', 'uid'];
  Info(Object.entries(view).filter(([key]) => wanted.includes(key)).map(([key, value]) => key + '=' + value).sort((a, b) => wanted.indexOf(a.split('=')[0]) - wanted.indexOf(b.split('=')[0])).join(' '));
  const keys = [];
  for (const key in view) if (wanted.includes(key)) keys.push(key);
  Info(keys.sort((a, b) => wanted.indexOf(a) - wanted.indexOf(b)).join(' '));
  Info(['pid' in view, view.hasOwnProperty('pid'), 'absent' in view, Object.hasOwn(view, 'uid')].join(' '));
  const copy = Object.assign({}, view, { pid: 8 });
  Info(copy.pid + ' ' + view.pid);
  Info(Object.prototype.toString.call(view) + ' ' + typeof view + ' ' + (Object.getPrototypeOf(view) === Object.prototype));
  delete view.pid;
  Info(!('pid' in view) && !Object.keys(view).includes('pid') && !JSON.stringify(view).includes('"pid"'));
}
