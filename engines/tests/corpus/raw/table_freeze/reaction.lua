local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  table.freeze(data.custom)
  Info(list(table.isfrozen(data.custom), table.isfrozen(data.custom.list), data.custom.a, #data.custom.list))
  local list_of = table.freeze(data.custom.list)
  Info(list((pcall(function() data.custom.a = 2 end)), (pcall(table.insert, list_of, 4))))
  Info(table.concat(data.custom.list, ' '))
end
