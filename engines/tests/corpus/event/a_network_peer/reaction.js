function process(data) {
  const flow = data.flow;
  Info([flow.proto, flow.ip_version, flow.local.address + ':' + flow.local.port, flow.remote.address + ':' + flow.remote.port, flow.remote.name, flow.remote.names.join('|')].join(' '));
  Info([flow.flags.egress, !!flow.flags.ingress, flow.phase.direction, flow.phase.initiated_by, flow.phase.status].join(' '));
}
