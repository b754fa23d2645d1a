function process(data)
  local text = string.rep('a', 60)
  while true do string.find(text, '^a-a-a-a-b$') end
end
