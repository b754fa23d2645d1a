local unpack = table.unpack or unpack

function process(data)
  local list = {}
  for n = 1, 50000 do list[n] = 'x' end
  while true do DataHasKey(unpack(list)) end
end
