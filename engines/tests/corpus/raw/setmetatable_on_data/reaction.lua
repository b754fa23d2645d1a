local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local set = pcall(setmetatable, data, { __index = function() return 'asked' end })
  Info(list(data.event_type, data.custom.a))
  Info(data.absent)
  Info(list(set))
end
