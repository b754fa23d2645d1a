function process(data)
  local flow = data.flow
  Info(table.concat({flow.proto, flow.ip_version, flow['local'].address .. ':' .. flow['local'].port, flow.remote.address .. ':' .. flow.remote.port, flow.remote.name, table.concat(flow.remote.names, '|')}, ' '))
  Info(table.concat({tostring(flow.flags.egress), tostring(not not flow.flags.ingress), flow.phase.direction, flow.phase.initiated_by, flow.phase.status}, ' '))
end
