function process(data)
  string.find(string.rep('a', 1000000), '[' .. string.rep('b', 1000000) .. ']')
end
