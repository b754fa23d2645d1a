local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  table.clear(data.custom)
  local count = 0
  for _ in pairs(data.custom) do count = count + 1 end
  Info(list(data.custom.a, rawget(data.custom, 'list'), count))
  table.clear(data.process.args)
  Info(list(#data.process.args, json.encode(data.process.args), data.process.args[1]))
  Info(json.encode(data.custom))
end
