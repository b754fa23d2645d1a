local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local packed = table.pack(data.custom.list, data.custom.words)
  Info(list(packed.n, packed[1][1], packed[2][1]))
  Info(select('#', unpack(packed[1])))
end
