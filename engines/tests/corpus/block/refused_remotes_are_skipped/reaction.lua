function process(data)
  Info(NetBlockIp())
end
