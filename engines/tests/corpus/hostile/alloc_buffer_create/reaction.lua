function process(data)
  buffer.create(1073741824)
end
