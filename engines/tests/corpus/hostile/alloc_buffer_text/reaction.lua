function process(data)
  local text = string.rep('x', 1000000)
  local kept = {}
  while true do table.insert(kept, buffer.fromstring(text)) end
end
