local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local step, items, start = ipairs(data.custom.list)
  Info(list(step(items, start)))
  local done, other, words = pcall(ipairs, data.custom.words)
  Info(list(step(data.custom.list, 2)))
  Info(list(other(words, 0)))
end
