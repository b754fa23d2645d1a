function process(data)
  local list = {}
  for n = 1, 100000 do list[n] = (n * 7919) % 200003 end
  while true do
    local copy = {}
    for n = 1, #list do copy[n] = list[n] end
    table.sort(copy)
  end
end
