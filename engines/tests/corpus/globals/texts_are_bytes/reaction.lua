function process(data)
  Info(#data.custom .. ' ' .. string.byte(data.custom, 1) .. ' ' .. string.byte(data.custom, 2))
  Info(string.sub(data.custom, 1, 1))
  Info(string.sub(data.custom, 1, 2))
  DataSet('k', '\255')
  Info(tostring(DataGet('k') == '\239\191\189'))
end
