local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local step = ipairs({})
  Info(list(step(data.custom.words, 0)))
  Info(list(step(data.custom.list, 2)))
  local sum = 0
  for _, value in step, data.custom.numbers, 0 do sum = sum + value end
  Info(sum)
end
