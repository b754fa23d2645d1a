local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local items = data.custom.items
  local first = items[1]
  Info(list(first == data.custom.items[1], rawequal(first, rawget(items, 1)), first == (table.unpack or unpack)(items)))
  first.n = 5
  local seen
  for _, item in ipairs(data.custom.items) do seen = seen or item.n end
  Info(list(items[1].n, data.custom.items[1].n, seen))
end
