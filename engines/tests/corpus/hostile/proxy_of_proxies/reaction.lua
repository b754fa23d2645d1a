function process(data)
  local make
  local answers = { __index = function() return make() end, __call = function() return make() end }
  make = function() return setmetatable({}, answers) end
  local at = make()
  while true do at = at.x() end
end
