function process(data)
  Info(table.concat(data.custom.list, ','))
  Info(table.concat(data.custom.words, ' ', 2, 3))
  Info('[' .. table.concat(data.custom.empty, ',') .. ']')
end
