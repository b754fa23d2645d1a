local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local before = data.custom.list
  Info(list(rawequal(data.custom.list, data.custom.list), data.custom == data.custom, rawequal(data.custom.list, data.custom.words)))
  table.insert(data.custom.list, 4)
  Info(list(rawequal(before, data.custom.list), before[4] == 4))
end
