local huge = setmetatable({1}, {__len = function() return 2 ^ 31 - 2 end, __index = rawlen or select, __newindex = function() end})

function process(data)
  for _ = 1, 3 do
    pcall(table.insert, huge, 1, 2)
    pcall(table.remove, huge, 1)
    pcall(table.concat, huge)
    pcall(table.concat, huge, '', 1, 2 ^ 40)
    pcall(unpack or table.unpack, huge)
    pcall(table.sort, huge)
    pcall(table.sort, huge, math.max)
  end
  Info('done')
end
