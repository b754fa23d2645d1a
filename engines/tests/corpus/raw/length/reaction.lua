local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list(#data.custom.list, #data.custom.empty, #data.custom))
  local words = data.custom.words
  Info(#words)
end
