function process(data)
  local text = string.rep('a', 1000000)
  string.find(text, '.*' .. string.rep('a', 500000) .. 'b')
end
