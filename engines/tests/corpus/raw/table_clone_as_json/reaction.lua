function process(data)
  local custom = table.clone(data.custom)
  Info(json.encode(table.clone(custom.list)) .. ' ' .. json.encode(table.clone(custom.empty)) .. ' ' .. json.encode(table.clone(custom.deep)))
end
