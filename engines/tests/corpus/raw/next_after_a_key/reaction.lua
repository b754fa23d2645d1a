local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local count, key = 0, 'inner'
  Info(list(next(data.custom.deep, 'inner') == nil, next(data.custom.deep, key)))
  local at, value = next(data.custom.list, 1)
  Info(list(at, value))
end
