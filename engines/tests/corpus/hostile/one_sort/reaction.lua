local function filled(size, value)
  if table.create then return table.create(size, value) end
  local list = {}
  for n = 1, size do list[n] = value end
  return list
end

function process(data)
  -- A table that grows place by place is moved: for a moment it takes three times as much.
  table.sort(filled(table.create and 3000000 or 1000000, 1))
end
