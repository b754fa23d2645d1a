function process(data)
  local object = {}
  for n = 1, 30000 do object['k' .. n] = n end
  while true do
    local size = 0
    for _ in pairs(object) do size = size + 1 end
  end
end
