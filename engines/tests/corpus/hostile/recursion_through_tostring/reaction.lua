local odd = {}
setmetatable(odd, {
  __tostring = function() return '' .. odd end,
  __concat = function() return tostring(odd) end,
})

function process(data)
  return tostring(odd)
end
