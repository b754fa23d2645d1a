local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local custom = data.custom
  Info(list(custom[''], custom['a\0b'], custom['c\nd'], custom['e"f']))
  local count = 0
  for _ in pairs(custom) do count = count + 1 end
  Info(count)
  Info(json.encode(custom))
end
