local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local most = table.maxn or function(items) return #items end
  Info(list(most(data.custom.list), most(data.custom.empty)))
  local count = table.getn or function(items) return #items end
  Info(list(count(data.custom.words), count(data.custom.empty)))
end
