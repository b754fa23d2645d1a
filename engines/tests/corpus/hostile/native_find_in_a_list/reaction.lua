function process(data)
  local list = {}
  for n = 1, 200000 do list[n] = n end
  while true do
    if table.find then table.find(list, 0) else table.concat(list, ',') end
  end
end
