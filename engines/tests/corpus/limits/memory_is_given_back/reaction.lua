function process(data)
  local text = string.rep('x', 7500000)
  Info(#text)
end
