function process(data)
  local unpack = table.unpack or unpack
  local list = {}
  for n = 1, 100000 do list[n] = n end
  while true do list = {unpack(list, -2000000000, 2000000000)} end
end
