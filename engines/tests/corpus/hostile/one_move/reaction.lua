local function filled(size, value)
  if table.create then return table.create(size, value) end
  local list = {}
  for n = 1, size do list[n] = value end
  return list
end

function process(data)
  local list = filled(1500000, 1)
  if table.move then table.move(list, 1, 1500000, 2) end
end
