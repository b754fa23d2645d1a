function process(data)
  local text = string.rep('a,', 5000000)
  if string.split then string.split(text, ',') end
end
