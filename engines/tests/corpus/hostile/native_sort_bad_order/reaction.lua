function process(data)
  local list = {}
  for n = 1, 5000 do list[n] = n end
  pcall(table.sort, list, function() return true end)
  pcall(table.sort, list, function() return math.random() < 0.5 end)
  pcall(table.sort, list, function(a, b) return a <= b end)
  pcall(table.sort, {3, 'x', {}, false}, nil)
  Info('sorted')
end
