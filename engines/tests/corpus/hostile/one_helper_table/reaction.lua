local function filled(size, value)
  if table.create then return table.create(size, value) end
  local list = {}
  for n = 1, size do list[n] = value end
  return list
end

function process(data)
  local list = filled(3000000, 1)
  DataSet('k', list)
  DataSet(list, list)
  Info(list)
end
