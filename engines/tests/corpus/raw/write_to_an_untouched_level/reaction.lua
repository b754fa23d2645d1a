local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  data.custom.a = 2
  Info(list(data.custom.a, #data.custom.list, data.custom.deep.inner.x))
  data.custom.list[1] = 9
  Info(table.concat(data.custom.list, ' '))
  data.custom.words.extra = nil
  Info(list(data.custom.words.extra, #data.custom.words))
end
