function process(data)
  local list = {}
  for n = 1, 100000 do table.insert(list, n) end
  local text = string.rep('x', 1000000)
  Info(#list .. ' ' .. #text)
end
