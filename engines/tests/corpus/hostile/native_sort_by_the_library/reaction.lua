function process(data)
  local list = {}
  for n = 1, 200000 do list[n] = n % 7 end
  while true do pcall(table.sort, list, rawequal) end
end
