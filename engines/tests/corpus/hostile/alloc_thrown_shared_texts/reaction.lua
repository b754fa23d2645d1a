function process(data)
  local text = string.rep('x', 1000000)
  local list = {}
  for n = 1, 10000 do list[n] = { [text] = text, n = n } end
  error(list)
end
