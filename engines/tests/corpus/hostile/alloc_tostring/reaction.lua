function process(data)
  local n = 0
  local odd = setmetatable({}, { __tostring = function()
    n = n + 1
    return string.rep('x', 1000000) .. n
  end })
  local kept = {}
  while true do table.insert(kept, tostring(odd)) end
end
