local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    local value = select(at, ...)
    texts[at] = value == nil and 'null' or tostring(value)
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list(DataSet('k', 'w'), '[' .. DataGet('k') .. ']', DataDelete('k'), DataHasKey('k'), DataHasValue('v'), DataIsEmpty()))
  Info(list(DataKeys(), DataValues(), DataSize(), DataClear(), DataPush('v'), '[' .. DataPop() .. ']'))
  Info(list((DataIncr('k')), DataSetTtl('k', 'v', 5), DataCas('k', 'v', 'w')))
  Info(Errno())
end
