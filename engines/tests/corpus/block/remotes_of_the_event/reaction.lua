function process(data)
  Info(NetBlockIp())
  local results = {}
  for _, ip in ipairs({'203.0.113.7', '203.0.113.8', '2001:db8::53'}) do
    table.insert(results, NetBlockIp(ip))
  end
  Info(table.concat(results, ' '))
  Info(NetBlockIp() .. ' ' .. Errno())
end
