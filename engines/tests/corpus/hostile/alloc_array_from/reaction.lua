function process(data)
  local list = table.create and table.create(1000000000, 0) or {}
  for n = 1, 1000000000 do list[n] = 0 end
end
