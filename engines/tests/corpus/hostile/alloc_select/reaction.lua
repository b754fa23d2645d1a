local unpack = table.unpack or unpack

function process(data)
  local list = {}
  for n = 1, 7000 do list[n] = n end
  while true do
    for n = 1, 7000 do
      if select(n, unpack(list)) ~= n then return end
    end
  end
end
