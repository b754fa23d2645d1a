function process(data)
  Info(KillCurrent() .. ' ' .. Errno())
  Info(NetBlockIp('203.0.113.7'))
  Info(DataSet('k', 'v'))
end
