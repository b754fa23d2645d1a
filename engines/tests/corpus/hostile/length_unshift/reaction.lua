function process(data)
  table.insert(setmetatable({}, { __len = function() return 2 ^ 53 - 2 end, __index = function() return 'x' end, __newindex = function() end }), 1, 'x')
end
