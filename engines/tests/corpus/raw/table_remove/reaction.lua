local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list(table.remove(data.custom.list)) .. ' ' .. table.concat(data.custom.list, ' '))
  Info(list(table.remove(data.custom.words, 1)) .. ' ' .. table.concat(data.custom.words, ' '))
  Info(list(table.remove(data.custom.empty), json.encode(data.custom.empty)))
end
