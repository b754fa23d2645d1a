local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local get = rawget
  Info(list(rawget(data.custom, 'a'), rawget(rawget(data, 'custom').list, 1), get(get(data.custom.deep, 'inner'), 'x')))
  Info(list(rawget(data.custom.empty, 1), rawget(data.custom.deep, 1), rawget(data.custom.words, 4)))
  Info(list(pcall(rawget, data.custom.list, 1)))
end
