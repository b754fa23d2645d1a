function process(data)
  Info(Now() .. ' ' .. string.format('%d', NowMillis()))
  local millis = string.format('%03d', NowMillis() % 1000)
  local seconds = (NowMillis() - NowMillis() % 1000) / 1000
  Info(os.date('!%Y-%m-%dT%H:%M:%S', os.time()) .. '.' .. millis .. 'Z ' .. tostring(os.time() == seconds) .. ' ' .. tostring(os.date('!*t').sec == 45))
  local here = os.date('*t', 0)
  Info(here.hour + here.min + 0 .. ' ' .. os.date('*t').hour)
  Info('[' .. Errno() .. ']')
end
