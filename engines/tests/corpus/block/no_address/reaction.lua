local function tell(result)
  Info(result .. ' ' .. Errno())
end

function process(data)
  for _, ip in ipairs({'', 'localhost', '203.0.113.300', '203.0.113.7/33', '203.0.113.7:80', '203.0.113.07', ' 203.0.113.7', 5}) do
    tell(NetBlockIp(ip))
  end
  tell(NetBlockIp(nil))
  tell(NetBlockIp({}))
  tell(NetUnblockIp())
  tell(NetUnblockIp('x'))
end
