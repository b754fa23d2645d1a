function process(data)
  table.concat(setmetatable({}, { __len = function() return 2 ^ 53 end, __index = function() return 'x' end }))
end
