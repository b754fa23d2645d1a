function process(data)
  table.sort(setmetatable({}, { __len = function() return 2 ^ 31 - 2 end, __index = function(_, n) return n end, __newindex = function() end }))
end
