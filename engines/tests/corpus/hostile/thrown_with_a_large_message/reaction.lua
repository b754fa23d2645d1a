function process(data)
  error(string.rep('x', 4000000))
end
