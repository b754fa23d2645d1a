local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

local clone = table.clone or function(items)
  local copy = {}
  for key, value in next, items do copy[key] = value end
  return copy
end

local function enumerates(items, wanted)
  for key in pairs(items) do if key == wanted then return true end end
  for key in next, items do if key == wanted then return true end end
  return false
end

function process(data)
  Info(list(data.file.path, data.file.file))
  Info(list(enumerates(data.file, 'path'), enumerates(clone(data.file), 'path')))
  Info(list(string.find(json.encode(data.file), '"path"', 1, true) ~= nil))
  data.file.path = '/x'
  Info(list(enumerates(data.file, 'path'), data.file.path, data.file.file))
end
