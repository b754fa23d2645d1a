local unpack = table.unpack or unpack

function process(data)
  local list = {}
  for n = 1, 7000 do list[n] = n end
  while true do math.max(unpack(list)) end
end
