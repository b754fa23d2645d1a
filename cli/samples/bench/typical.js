// R2: collects remote addresses, filters private ranges, counts in the store, serialises the process.
function process(data) {
  const remotes = [];
  for (const protocol of data.background.flows.protocols) {
    for (const pair of protocol.pairs) {
      const remote = pair.nodes.remote, address = remote.address;
      if (address.startsWith('10.') || address.startsWith('192.168.') || address.startsWith('127.')) continue;
      const label = (remote.names.length ? remote.names[0] : remote.name).toLowerCase();
      remotes.push(protocol.proto + '/' + address + '(' + label + ')');
    }
  }
  if (remotes.length === 0) return null;
  const key = 'seen:' + data.process.comm + ':' + data.process.uid;
  const previous = DataGet(key);
  const count = previous ? parseInt(previous) + 1 : 1;
  DataSet(key, String(count % 1000));
  const alert = { rule: 'net-drop', pid: data.process.pid, cmd: data.process.cmd.slice(0, 60).trim(), remotes, count,
    tactic: data.metadata.tactic };
  return alert.rule + '|' + alert.remotes.join(',') + '|' + alert.cmd + '|' + JSON.stringify(data.process);
}
