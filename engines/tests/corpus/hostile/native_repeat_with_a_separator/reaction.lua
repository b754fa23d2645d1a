function process(data)
  if string.rep('x', 2, '-') ~= 'x-x' then return Info('memory') end
  pcall(string.rep, '', 2 ^ 40, 'x')
  Info('memory')
end
