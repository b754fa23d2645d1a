function process(data)
  data.process.pid = 1
  data.process.start = nil
  data.flow.remote.address = '127.0.0.1'
  data.flow = nil
  Info(KillCurrent() .. ' ' .. NetBlockIp())
  Info(NetBlockIp('203.0.113.7'))
end
