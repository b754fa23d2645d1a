function process(data)
  Info(NetBlockIp('203.0.113.7') .. ' [' .. Errno() .. ']')
  Info(NetBlockIp('203.0.113.7') .. ' ' .. Errno())
  Info(table.concat({NetBlockIp('2001:db8::1'), NetBlockIp('198.51.100.0/24'), NetBlockIp('2001:db9::/32')}, ' '))
  Info(NetBlockIp('198.51.100.77') .. ' ' .. NetBlockIp('::ffff:203.0.113.7'))
end
