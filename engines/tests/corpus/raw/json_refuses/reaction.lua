local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

local function fails(...)
  return (pcall(...))
end

function process(data)
  Info(list(fails(json.encode, process), fails(json.encode, { f = process }), fails(json.encode, coroutine.create(process))))
  Info(list(fails(json.decode, ''), fails(json.decode, '{'), fails(json.decode, '[1,]'), fails(json.decode, 'nul'), fails(json.decode, '1 2'), fails(json.decode, '"\\x"')))
  Info(list(fails(json.decode, nil), fails(json.decode, {})))
end
