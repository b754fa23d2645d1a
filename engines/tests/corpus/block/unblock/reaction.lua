function process(data)
  Info(table.concat({NetBlockIp('203.0.113.7'), NetUnblockIp('203.0.113.7'), NetBlockIp('203.0.113.7')}, ' '))
  Info(NetUnblockIp('203.0.113.99') .. ' ' .. Errno())
  NetUnblockIp('203.0.113.7')
  Info(table.concat({NetBlockIpTimer('203.0.113.7', 60), NetBlockIpTimer('203.0.113.7', 120), NetUnblockIp('203.0.113.7')}, ' '))
end
