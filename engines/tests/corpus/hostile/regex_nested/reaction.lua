function process(data)
  string.find(string.rep('(', 2000000), '%b()x')
end
