local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local custom = data.custom
  Info(list(custom['1'], custom[1], rawget(custom, '2'), #custom))
  Info(json.encode(custom))
  local back = json.decode(json.encode(custom))
  Info(list(back['1'], back['2']))
end
