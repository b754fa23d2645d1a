local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list(DataIsEmpty(), DataKeys(), DataValues(), DataSize()))
  DataSet('b', '2')
  DataSet('a', '1')
  DataPush('l', 'x')
  DataPush('l', 'y')
  Info(list(DataIsEmpty(), DataKeys(), DataValues(), DataSize()))
  Info(list(DataHasKey('a'), DataHasKey('c'), DataHasValue('2'), DataHasValue('x'), DataHasValue('["x","y"]')))
  Info(DataGet('l'))
  Info(list(DataClear(), DataIsEmpty(), DataSize()))
end
