function process(data)
  buffer.fill(buffer.create(1000000000), 0, 1)
end
