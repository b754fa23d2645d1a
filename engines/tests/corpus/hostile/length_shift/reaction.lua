function process(data)
  table.remove(setmetatable({}, { __len = function() return 2 ^ 53 - 1 end, __index = function() return 'x' end, __newindex = function() end }), 1)
end
