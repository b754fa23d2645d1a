-- Dialects without the function have one of the same meaning in its place.
local pack = table.pack or function(...)
  return { n = select('#', ...), ... }
end

local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local packed = pack(data.custom.list, data.custom.words)
  Info(list(packed.n, packed[1][1], packed[2][1]))
  Info(select('#', (table.unpack or unpack)(packed[1])))
end
