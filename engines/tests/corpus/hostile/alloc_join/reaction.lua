function process(data)
  local list = {}
  for n = 1, 10000 do list[n] = '' end
  table.concat(list, string.rep('x', 1000000))
end
