function process(data)
  local names = {}
  for key in pairs(data.custom) do table.insert(names, key) end
  table.sort(names)
  Info(table.concat(names, ' '))
  local items = {}
  for key, value in pairs(data.custom.list) do table.insert(items, key .. '=' .. value) end
  table.sort(items)
  Info(table.concat(items, ' '))
  local count = 0
  for _ in pairs(data.custom.empty) do count = count + 1 end
  Info(count)
end
