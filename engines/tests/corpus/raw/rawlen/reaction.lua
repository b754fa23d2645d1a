local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local length = rawlen or function(items) return #items end
  Info(list(length(data.custom.list), length(data.custom.empty), length(data.custom.deep)))
  if rawlen then Info(list(rawlen(data.custom.words), rawlen(data.custom))) else Info(list(#data.custom.words, #data.custom)) end
end
