local PolicyError = {}
PolicyError.__index = PolicyError
PolicyError.__tostring = function(self)
  return 'PolicyError: ' .. self.message
end

function process(data)
  error(setmetatable({ message = 'denied' }, PolicyError))
end
