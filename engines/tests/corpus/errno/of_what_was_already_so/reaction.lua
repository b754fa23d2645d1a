function process(data)
  NetBlockIp('203.0.113.7')
  Info(NetBlockIp('203.0.113.7') .. ' [' .. Errno() .. ']')
  Info(NetBlockIp('203.0.113.8') .. ' [' .. Errno() .. ']')
end
