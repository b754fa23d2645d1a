local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  rawset(data.custom, 'b', 2)
  Info(list(data.custom.b, data.custom.a, #data.custom.list))
  rawset(data.custom.list, 1, 9)
  rawset(data.custom.list, 4, 4)
  Info(table.concat(data.custom.list, ' '))
  pcall(rawset, data.custom.deep.inner, 'z', 'z')
  Info(list(data.custom.deep.inner.x, data.custom.deep.inner.z))
  rawset(data.custom.empty, 1, 'first')
  Info(json.encode(data.custom.empty))
end
