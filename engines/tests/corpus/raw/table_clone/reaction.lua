-- Dialects without the function have one of the same meaning in its place.
local clone = table.clone or function(items)
  local copy = {}
  for key, value in next, items do copy[key] = value end
  return setmetatable(copy, getmetatable(items))
end

local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local copy = clone(data.custom)
  Info(list(copy.a, copy.list[1], copy.deep.inner.x))
  copy.a = 2
  Info(list(copy.a, data.custom.a))
  local items = clone(data.custom.list)
  table.insert(items, 7)
  Info(table.concat(items, ' ') .. ' | ' .. table.concat(data.custom.list, ' '))
end
