function process(data)
  local names = {}
  for key in data.custom do table.insert(names, key) end
  table.sort(names)
  Info(table.concat(names, ' '))
  local items = {}
  for _, value in data.custom.list do table.insert(items, value) end
  Info(table.concat(items, ' '))
  local count = 0
  for _ in data.custom.empty do count = count + 1 end
  Info(count)
end
