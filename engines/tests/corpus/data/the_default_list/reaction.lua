local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(DataPush('one') .. ' ' .. DataPush('two'))
  Info(list(DataIsEmpty(), DataSize(), DataKeys(), DataValues(), DataHasValue('one')))
  Info(DataPop() .. ' ' .. DataPop() .. ' [' .. DataPop() .. '] [' .. Errno() .. ']')
end
