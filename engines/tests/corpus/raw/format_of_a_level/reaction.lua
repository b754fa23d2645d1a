local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local done, text = pcall(string.format, '%s', data)
  Info(list(string.sub(tostring(data.custom), 1, 5), not done or string.find(text, '^table: 0x%x+$') ~= nil))
  local touched, untouched = tostring(data.custom), tostring(data.custom.deep)
  Info(list(touched == tostring(data.custom), string.find(untouched, '^table: 0x%x+$') ~= nil))
  Info(list(type(data.custom.words), data.custom.a))
end
