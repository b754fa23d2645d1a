function process(data)
  Info(PowerOff() .. ' ' .. Errno())
  Info(Panic())
end
