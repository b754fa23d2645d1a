function process(data)
  local held = buffer.create(4000000)
  while true do
    buffer.fill(held, 0, 1)
    buffer.copy(held, 1, held, 0, 3999999)
  end
end
