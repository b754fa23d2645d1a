function process(data)
  string.find('', string.rep('(', 100000) .. string.rep(')', 100000))
end
