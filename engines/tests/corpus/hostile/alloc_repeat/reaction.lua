function process(data)
  string.rep('x', 500000000)
end
