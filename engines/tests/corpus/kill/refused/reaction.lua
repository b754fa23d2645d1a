local function tell(result)
  Info(result .. ' ' .. Errno())
end

function process(data)
  for _, pid in ipairs({1, 2, 499, 0, -4242, 4294967297, 4242.5, '0x1092', '', 0 / 0}) do tell(KillProcess(pid)) end
  tell(KillProcess())
  tell(KillProcess(true))
  tell(KillProcess({ pid = 4242 }))
end
