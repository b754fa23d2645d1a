function process(data)
  string.gsub(string.rep('(', 3000000), '%b()', 'x')
end
