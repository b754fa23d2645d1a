local function filled(size, value)
  if table.create then return table.create(size, value) end
  local list = {}
  for n = 1, size do list[n] = value end
  return list
end

function process(data)
  local list = filled(1500000, 1)
  if table.clone then table.find(table.clone(list), 2) end
  if table.clear then table.clear(list) end
end
