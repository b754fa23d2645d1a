function process(data)
  for n = 1, 3 do Info(n) end
end
