function process(data)
  local list = {}
  for n = 1, 1000 do list[n] = n % 7 end
  table.sort(list, function(a, b)
    for n = #list, 1, -1 do list[n] = nil end
    table.insert(list, a)
    table.insert(list, b)
    table.insert(list, 3)
    return b < a
  end)
end
