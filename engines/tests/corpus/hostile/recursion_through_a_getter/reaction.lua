local odd = setmetatable({}, { __index = function(self, key) return self[key] .. '' end })

function process(data)
  return odd.self
end
