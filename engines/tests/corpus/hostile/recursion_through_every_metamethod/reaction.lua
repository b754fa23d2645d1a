local odd = {}
local function again(self)
  return (self .. self) + #self
end
setmetatable(odd, { __concat = function(a) return -a end, __unm = function(a) return a() end, __call = function(a) return a.field end, __index = function(a) return again(a) end, __len = function(a) return a < a end, __lt = function(a) return tostring(a) end, __tostring = function(a) return a .. a end })

function process(data)
  return again(odd)
end
