local unpack = table.unpack or unpack

function process(data)
  local text = string.rep('x', 1000000)
  local texts = {}
  for n = 1, 200 do texts[n] = text end
  string.format(string.rep('%s', 200), unpack(texts))
end
