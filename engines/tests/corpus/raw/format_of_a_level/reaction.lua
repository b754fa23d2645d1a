local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list(string.sub(tostring(data), 1, 5), string.sub(tostring(data.custom), 1, 5)))
  local touched, untouched = tostring(data.custom), tostring(data.custom.deep)
  Info(list(touched == tostring(data.custom), string.find(untouched, '^table: 0x%x+$') ~= nil))
  Info(list(type(data.custom.words), data.custom.a))
end
