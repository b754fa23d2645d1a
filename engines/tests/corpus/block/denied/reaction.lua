function process(data)
  Info(table.concat({NetBlockIp('203.0.113.7'), NetBlockIpTimer('203.0.113.7', 60), NetUnblockIp('203.0.113.7'), NetBlockDomain(), NetUnblockDomain('evil.example')}, ' ') .. ' ' .. Errno())
end
