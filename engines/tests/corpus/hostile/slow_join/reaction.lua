function process(data)
  local list = {}
  for n = 1, 100000 do list[n] = '' end
  while true do table.concat(list, ',') end
end
