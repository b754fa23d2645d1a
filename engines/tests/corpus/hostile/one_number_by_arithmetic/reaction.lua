function process(data)
  return string.rep('1', 20000000) + 1
end
