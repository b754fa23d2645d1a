function process(data)
  table.insert(data.custom.list, 7)
  Info(table.concat(data.custom.list, ' '))
  table.insert(data.custom.words, 1, 'w')
  Info(table.concat(data.custom.words, ' '))
  table.insert(data.custom.empty, 'first')
  Info(json.encode(data.custom.empty))
end
