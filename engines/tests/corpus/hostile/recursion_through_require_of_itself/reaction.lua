function process(data)
  return process(data) or process(data)
end
