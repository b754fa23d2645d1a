const KEEP = ['127.0.0.1', /^10\./, /^192\.168\./, /^172\.(1[6-9]|2[0-9]|3[0-1])\./];

function kept(ip) {
  for (const pattern of KEEP) {
    if (pattern instanceof RegExp ? pattern.test(ip) : pattern === ip) return true;
  }
  return false;
}

function process(data) {
  const ips = [];
  const names = [];
  if (data.background && data.background.flows && data.background.flows.protocols) {
    for (const protocol of data.background.flows.protocols) {
      for (const pair of protocol.pairs || []) {
        const remote = pair.nodes && pair.nodes.remote;
        if (!remote) continue;
        if (remote.address && /^(\d{1,3}\.){3}\d{1,3}$/.test(remote.address)) ips.push(remote.address);
        for (const name of remote.names || []) {
          if (name && name.length > 0 && name.length < 255) names.push(name);
        }
      }
    }
  }
  Info(ips.join(','));
  Info(names.join(','));
  const targets = ips.filter((ip) => !kept(ip));
  Info('blocking ' + targets.length + ': ' + targets.map((ip) => NetBlockIp(ip)).join(' '));
}
