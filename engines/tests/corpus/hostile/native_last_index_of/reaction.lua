function process(data)
  local text = string.rep('a', 4000000)
  string.find(text, '.*' .. string.rep('a', 2000000) .. 'b')
end
