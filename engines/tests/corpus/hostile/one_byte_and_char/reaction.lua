function process(data)
  local text = string.rep('x', 10000000)
  local sum = 0
  for n = 1, #text do sum = sum + string.byte(text, n) end
end
