local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list(table.find(data.custom.list, 2), table.find(data.custom.words, 'y'), table.find(data.custom.empty, 'x')))
  local found = 0
  for offset = 0, 2000 do
    if table.find(data.custom.deep, offset) or table.find(data.custom.empty, offset) then found = found + 1 end
  end
  Info(list(table.find(data.custom.words, 'x', 2), table.find(data.custom.list, 9), found))
end
