function process(data)
  error(setmetatable({ message = 'mine', code = 7 }, { __tostring = function() Info('asked') return 'asked' end, __index = function() Info('asked') end }))
end
