local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local copy = table.clone(data.custom)
  Info(list(copy.a, copy.list[1], copy.deep.inner.x))
  copy.a = 2
  Info(list(copy.a, data.custom.a))
  local items = table.clone(data.custom.list)
  table.insert(items, 7)
  Info(table.concat(items, ' ') .. ' | ' .. table.concat(data.custom.list, ' '))
end
