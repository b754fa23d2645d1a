function process(data)
  local text = string.rep('a', 4000000)
  while true do string.find(text, 'aaab', 1, true) end
end
