function process(data)
  local held = buffer.create(1000000)
  local kept = {}
  local n = 0
  while true do
    n = n + 1
    buffer.writeu32(held, 0, n)
    table.insert(kept, buffer.readstring(held, 0, 1000000))
  end
end
