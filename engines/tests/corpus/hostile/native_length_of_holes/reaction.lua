function process(data)
  local list = {}
  for n = 1, 100000 do list[n] = n end
  for n = 2, 99999 do list[n] = nil end
  while #list >= 0 do list[3] = nil end
end
