local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local custom = data.custom
  Info(list(custom.__index, custom.__metatable, custom.__newindex, custom.__gc))
  Info(list(getmetatable(custom), custom.absent))
  Info(json.encode(custom))
  Info(list(#custom, setmetatable({}, custom) ~= nil))
end
