local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list((pcall(function() data.custom[nil] = 1 end)), (pcall(rawset, data.custom.deep, 0 / 0, 1))))
  local _, message = pcall(function() data.custom.words[0 / 0] = 1 end)
  local _, other = pcall(function() data.custom.words[nil] = 1 end)
  Info(list(string.find(message, 'NaN', 1, true) ~= nil, string.find(other, 'nil', 1, true) ~= nil))
  Info(list(data.custom.list[0 / 0]))
end
