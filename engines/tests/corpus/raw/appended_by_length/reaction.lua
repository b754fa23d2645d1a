function process(data)
  data.custom.list[#data.custom.list + 1] = 4
  Info(table.concat(data.custom.list, ' '))
  data.custom.words[1], data.custom.words[2] = data.custom.words[2], data.custom.words[1]
  Info(table.concat(data.custom.words, ' '))
  local backwards = {}
  for n = #data.custom.list, 1, -1 do backwards[#backwards + 1] = data.custom.list[n] end
  Info(table.concat(backwards, ' '))
end
