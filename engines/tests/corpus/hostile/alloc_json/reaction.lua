function process(data)
  local list = {}
  for n = 1, 40 do list = {list, n, list} end
  local kept = {}
  while true do table.insert(kept, json.encode(list, 10)) end
end
