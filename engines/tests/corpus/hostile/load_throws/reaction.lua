error(setmetatable({}, {
  __index = function() error(1) end,
  __tostring = function() error(1) end,
}))

function process(data) end
