function process(data)
  local held = buffer.create(4000000)
  while true do string.find(buffer.tostring(held), 'x', 1, true) end
end
