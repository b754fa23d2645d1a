function process(data) {
  data.process.pid = 1;
  data.process.start = null;
  data.flow.remote.address = '127.0.0.1';
  data.flow = undefined;
  Info(KillCurrent() + ' ' + NetBlockIp());
  Info(NetBlockIp('203.0.113.7'));
}
