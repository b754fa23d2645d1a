function process(data)
  Info(KillCurrent() .. ' [' .. Errno() .. ']')
  Info(KillCurrent() .. ' ' .. Errno())
end
