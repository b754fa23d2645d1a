setmetatable(_G, { __index = function(_, key) return 'answered ' .. key end, __newindex = function() end })

function process(data)
  Info(tostring(absent))
  made = 1
  Info(tostring(made))
end
