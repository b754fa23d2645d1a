local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list(table.unpack(data.custom.list)))
  local spread = unpack or table.unpack
  Info(list(spread(data.custom.words)))
  Info(list(table.unpack(data.custom.words, 2, 3)))
  Info(list(select('#', table.unpack(data.custom.empty)), math.max(table.unpack(data.custom.list))))
end
