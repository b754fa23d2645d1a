function process(data)
  fresh = 1
  local list = {}
  list.own = 2
  Info(list.own .. ' ' .. tostring(pcall(function() _G.other = 3 end)))
  local freeze = table.freeze or function(frozen) return setmetatable(frozen, { __newindex = error, __metatable = false }) end
  for _, each in ipairs({data, data.process, list, _G}) do pcall(freeze, each) end
end
