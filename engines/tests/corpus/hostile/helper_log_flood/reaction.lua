function process(data)
  while true do pcall(Info, string.rep('x', 8000)) end
end
