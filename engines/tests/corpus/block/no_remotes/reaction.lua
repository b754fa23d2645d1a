function process(data)
  Info(NetBlockIp() .. ' ' .. Errno())
  Info(NetBlockDomain() .. ' ' .. Errno())
end
