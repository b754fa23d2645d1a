function process(data)
  Info(KillCurrent() .. ' ' .. Errno())
end
