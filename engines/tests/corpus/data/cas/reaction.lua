local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list(DataCas('k', '', 'a'), DataCas('k', '', 'b'), DataCas('k', 'a', 'b'), DataCas('k', 'a', 'c'), DataCas('k', 'b', 'c')))
  Info(tostring(DataCas('absent', 'x', 'y')) .. ' [' .. Errno() .. ']')
end
