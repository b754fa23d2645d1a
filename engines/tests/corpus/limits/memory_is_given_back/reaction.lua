function process(data)
  local text = string.rep('x', 10000000)
  Info(#text)
end
