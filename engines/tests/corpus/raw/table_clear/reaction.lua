-- Dialects without the function have one of the same meaning in its place.
local clear = table.clear or function(items)
  for key in next, items do rawset(items, key, nil) end
end

local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  clear(data.custom)
  local count = 0
  for _ in pairs(data.custom) do count = count + 1 end
  Info(list(data.custom.a, rawget(data.custom, 'list'), count))
  clear(data.process.args)
  Info(list(#data.process.args, json.encode(data.process.args), data.process.args[1]))
  Info(json.encode(data.custom))
end
