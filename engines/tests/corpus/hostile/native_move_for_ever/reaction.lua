function process(data)
  local list = {}
  for n = 1, 200000 do list[n] = n end
  while true do
    if table.move then table.move(list, 1, 199999, 2) else table.insert(list, 1, table.remove(list)) end
  end
end
