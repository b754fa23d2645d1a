-- Dialects without the function have one of the same meaning in its place.
local find = table.find or function(items, wanted, from)
  for at = from or 1, #items do
    if items[at] == wanted then return at end
  end
  return nil
end

local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list(find(data.custom.list, 2), find(data.custom.words, 'y'), find(data.custom.empty, 'x')))
  local found = 0
  for offset = 0, 2000 do
    if find(data.custom.deep, offset) or find(data.custom.empty, offset) then found = found + 1 end
  end
  Info(list(find(data.custom.words, 'x', 2), find(data.custom.list, 9), found))
end
