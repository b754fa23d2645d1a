local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  setmetatable(data.custom, { __index = function(_, key) return 'own ' .. key end })
  Info(list(data.custom.a, data.custom.absent))
  setmetatable(data.custom.list, { __call = function() return 'call' end })
  Info(list(#data.custom.list, data.custom.list()))
  local guarded = setmetatable(data.custom.words, { __metatable = 'mine' })
  Info(list((pcall(setmetatable, guarded, nil))))
  Info(json.encode(setmetatable(data.custom.deep, {})))
end
