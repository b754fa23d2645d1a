function process(data)
  local items, inner = data.custom.list, data.custom.deep.inner
  data.custom = nil
  Info(table.concat(items, ' ') .. ' ' .. inner.x)
  inner.again = items
  Info(json.encode(inner))
end
