function process(data)
  local parts = {}
  for n = 1, 200000 do parts[n] = '"' .. n .. '"' end
  local text = '[' .. table.concat(parts, ',') .. ']'
  parts = nil
  local kept = {}
  while true do table.insert(kept, json.decode(text)) end
end
