local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local table_unpack = table.unpack or unpack
  Info(list(table_unpack(data.custom.list)))
  if table.unpack and table.unpack(data.custom.words) ~= 'x' then error('odd') end
  local spread = unpack or table.unpack
  Info(list(spread(data.custom.words)))
  Info(list(table_unpack(data.custom.words, 2, 3)))
  Info(list(select('#', table_unpack(data.custom.empty)), math.max(table_unpack(data.custom.list))))
end
