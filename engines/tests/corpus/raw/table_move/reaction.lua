function process(data)
  Info(table.concat(table.move(data.custom.list, 1, 3, 1, {}), ' '))
  table.move(data.custom.list, 1, 2, 4, data.custom.words)
  Info(table.concat(data.custom.words, ' '))
  table.move(data.custom.list, 2, 3, 1)
  Info(table.concat(data.custom.list, ' '))
end
