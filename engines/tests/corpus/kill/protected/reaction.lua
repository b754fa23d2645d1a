function process(data)
  Info(KillCurrent() .. ' ' .. Errno())
  Info(KillProcess(5000) .. ' ' .. Errno())
end
