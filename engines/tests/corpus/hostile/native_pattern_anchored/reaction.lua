function process(data)
  string.match(string.rep('a', 100000) .. 'c', '^' .. string.rep('.-', 100) .. 'b$')
end
