function process(data)
  local text = string.rep('x', 100000)
  local list = {}
  for n = 1, 10000 do list[n] = text end
  json.encode(list)
end
