local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list(getmetatable(data), getmetatable(data.custom), getmetatable(data.custom.list), getmetatable(data.file)))
  Info(list(data.custom.a == 2, #data.custom.empty == 1, data.file.path == 1, data.absent == 1) == 'false false false false' and list(getmetatable(data), getmetatable(data.custom), getmetatable(data.custom.list), getmetatable(data.file)) or 'odd')
  Info(list(getmetatable(data.custom.empty)))
end
