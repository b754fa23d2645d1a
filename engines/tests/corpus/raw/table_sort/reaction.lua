function process(data)
  table.sort(data.custom.list)
  Info(table.concat(data.custom.list, ' '))
  table.sort(data.custom.words, function(a, b) return a > b end)
  Info(table.concat(data.custom.words, ' '))
  table.sort(data.custom.empty)
  Info(json.encode(data.custom.empty))
end
