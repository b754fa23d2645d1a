function process(data)
  while true do string.find('a', string.rep('(a)', 100000)) end
end
