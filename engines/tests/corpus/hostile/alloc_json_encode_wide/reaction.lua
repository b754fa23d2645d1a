function process(data)
  local text = string.rep('\200', 1000000)
  local list = {}
  for n = 1, 2000 do list[n] = { [text] = text } end
  json.encode(list, 10)
end
