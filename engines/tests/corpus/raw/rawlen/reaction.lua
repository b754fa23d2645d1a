local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list(rawlen(data.custom.list), rawlen(data.custom.empty), rawlen(data.custom.deep)))
end
