function process(data)
  Info(table.concat({data.custom.a, #data.custom.list, data.custom.deep.x, tostring(data.custom.absent), json.encode(data.custom)}, ' '))
  table.remove(data.custom.list)
  setmetatable(data.custom, { __index = function() return 'leaked' end })
  data.custom.deep.x = 'z'
  for key in pairs(data.custom) do data.custom[key] = nil end
  if table.freeze then table.freeze(data.process) end
  pcall(rawset, data, 'custom', 'leaked')
end
