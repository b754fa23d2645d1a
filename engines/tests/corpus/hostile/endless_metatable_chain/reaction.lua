function process(data)
  local a, b = {}, {}
  setmetatable(a, { __index = b, __newindex = b })
  setmetatable(b, { __index = a, __newindex = a })
  pcall(function() a.field = 1 end)
  return a.field
end
