local unpack = table.unpack or unpack

function process(data)
  local list = {}
  for n = 1, 1000000 do list[n] = 65 end
  while true do string.char(unpack(list)) end
end
