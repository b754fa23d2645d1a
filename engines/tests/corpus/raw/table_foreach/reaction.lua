local function each_pair(items, visit)
  for key, value in pairs(items) do visit(key, value) end
end

function process(data)
  local foreach = table.foreach or each_pair
  foreach(data.custom.deep, function(key) Info(key) end)
  local seen = {}
  local foreachi = table.foreachi or each_pair
  foreachi(data.custom.words, function(at, word) table.insert(seen, at .. word) end)
  Info(table.concat(seen, ' '))
end
