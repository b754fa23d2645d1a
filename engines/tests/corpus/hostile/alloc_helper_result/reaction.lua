function process(data)
  DataSet('big', string.rep('x', 1000000))
  local kept = {}
  while true do table.insert(kept, DataGet('big') .. #kept) end
end
