function process(data)
  string.find(string.rep('a', 200), '^' .. string.rep('a*', 30) .. 'b$')
end
