local function keys(table_of)
  local found = {}
  for key in next, table_of do table.insert(found, key) end
  table.sort(found)
  return table.concat(found, ',')
end

function process(data)
  Info(keys(data.custom))
  local key, inner = next(data.custom.deep)
  local name, value = next(inner)
  Info(key .. ' ' .. name .. '=' .. value)
  Info(tostring(next(data.custom.empty)))
  Info(tostring(next(data) ~= nil and type(next(data)) == 'string'))
end
