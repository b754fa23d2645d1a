local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local own = setmetatable({}, { __index = data.custom })
  Info(list(own.a, own.list[1], own.absent))
  Info(setmetatable({}, { __index = setmetatable({}, { __index = data.custom.deep.inner }) }).x)
end
