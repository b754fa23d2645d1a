function process(data)
  Info(NetBlockIpTimer('203.0.113.7', '60'))
end
