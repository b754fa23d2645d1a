local function filled(size, value)
  if table.create then return table.create(size, value) end
  local list = {}
  for n = 1, size do list[n] = value end
  return list
end

function process(data)
  local list = filled(2000000, 1)
  table.insert(list, 1, 0)
  table.remove(list, 1)
end
