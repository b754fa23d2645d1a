function process(data)
  local text = 'x'
  for _ = 1, 20000 do
    local inner = text
    text = setmetatable({}, { __tostring = function() return tostring(inner) end })
  end
  tostring(text)
end
