function process(data)
  Info('before')
  local kept = {}
  while true do table.insert(kept, string.rep('x', 1000) .. #kept) end
end
