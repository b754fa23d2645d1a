function process(data)
  local object = {}
  for n = 1, 100000 do object['k' .. n] = n end
  for n = 1, 100000 do object['k' .. n] = nil end
  while next(object) == nil do end
end
