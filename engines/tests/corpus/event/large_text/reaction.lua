function process(data)
  Info(#data.custom .. ' ' .. tostring(string.find(data.custom, '^x+$') ~= nil))
  DataSet('large', data.custom)
  Info(tostring(DataGet('large') == data.custom))
end
