local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local touched = data.custom.one.__index
  local object = setmetatable({}, data.custom.one)
  local _, value = pcall(function() return object.absent end)
  Info(list(rawget(object, 'absent'), getmetatable(object).__index))
  Info(touched)
end
