function process(data)
  Info(string.rep('x', 9000))
  Info(string.rep('ü', 9000))
end
