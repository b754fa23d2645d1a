function process(data)
  local text = '[' .. string.rep('[],', 300000) .. '0]'
  local kept = {}
  while true do table.insert(kept, json.decode(text)) end
end
