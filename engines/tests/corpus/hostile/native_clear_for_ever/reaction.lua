function process(data)
  local object = {}
  for n = 1, 100000 do object['k' .. n] = n end
  while true do
    if table.clear then table.clear(object) else object = {} end
    if next(object) ~= nil then return end
  end
end
