function process(data)
  local endless = function()
    while true do end
  end
  local odd = setmetatable({}, { __index = endless, __newindex = endless })
  if table.move then table.move(odd, 1, 10, 2, odd) end
  table.insert(odd, 1)
  table.concat(odd)
  table.remove(odd)
end
