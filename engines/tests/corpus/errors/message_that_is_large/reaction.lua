function process(data)
  error(string.rep('x', 1000000))
end
