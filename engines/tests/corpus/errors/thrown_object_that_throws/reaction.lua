function process(data)
  error(setmetatable({}, {
    __index = function() error('index') end,
    __tostring = function() error('tostring') end,
    __concat = function() error('concat') end,
    __eq = function() error('eq') end,
  }))
end
