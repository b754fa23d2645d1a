function process(data)
  local items = {}
  for at, value in ipairs(data.custom.list) do table.insert(items, at .. '=' .. value) end
  Info(table.concat(items, ' '))
  local count = 0
  for _ in ipairs(data.custom.empty) do count = count + 1 end
  Info(count)
  for _ in ipairs(data.custom) do count = count + 1 end
  Info(count)
end
