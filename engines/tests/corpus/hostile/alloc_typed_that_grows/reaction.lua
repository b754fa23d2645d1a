function process(data)
  local held = buffer.create(8)
  while true do
    local more = buffer.create(buffer.len(held) * 2)
    buffer.copy(more, 0, held)
    held = more
  end
end
