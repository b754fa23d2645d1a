function process(data)
  table.concat(setmetatable({'x'}, { __index = function() return 'x' end }), 'x', 1, 2147483647)
end
