function process(data)
  local list = {}
  for n = 1, 100000 do list[n] = n end
  while true do
    table.insert(list, 1, 0)
    table.remove(list, 1)
  end
end
