function process(data)
  local same = data.background == data.background
  data.background.ancestry[1].pid = 5
  Info(tostring(same) .. ' ' .. tostring(data.process == data.process) .. ' ' .. data.background.ancestry[1].pid)
end
