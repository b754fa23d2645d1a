local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  if data.timestamp == '2026-01-01T00:00:00Z' then Info(DataSetTtl('k', 'v', 10)) end
  Info(list(DataHasKey('k'), DataGet('k'), DataSize(), DataKeys(), DataValues(), DataHasValue('v')))
end
