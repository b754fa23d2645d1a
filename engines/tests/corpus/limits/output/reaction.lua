function process(data)
  for _ = 1, 10 do pcall(Info, string.rep('x', 300)) end
end
