function process(data)
  local list = table.create and table.create(100000000, 0) or {}
  for n = 1, 100000000 do list[n] = 0 end
end
