function process(data)
  Info(PowerOff() .. ' ' .. Panic())
end
