function process(data)
  string.gsub(string.rep('a', 100000), '', string.rep('x', 1000000))
end
