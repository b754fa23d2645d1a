function process(data)
  Info(KillCurrent() .. ' ' .. Errno())
  Info(KillProcess(900) .. ' ' .. Errno())
end
