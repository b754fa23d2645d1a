function process(data)
  Info(PowerOff() .. ' ' .. Errno())
  Info(Panic() .. ' ' .. Errno())
end
