function process(data)
  local meta = {__gc = 7, __index = {a = 1}}
  local made = setmetatable({}, meta)
  Info(tostring(meta.__gc) .. ' ' .. made.a .. ' ' .. tostring(getmetatable(made) == meta))
  local locked = setmetatable({}, {__metatable = 'no'})
  Info(tostring(pcall(setmetatable, locked, meta)) .. ' ' .. tostring(getmetatable(locked)) .. ' ' .. tostring(meta.__gc))
end
