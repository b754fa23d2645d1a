function process(data)
  if not string.split then error('no string.split') end
  pcall(string.split, string.rep('abcdefghijklmnopqrst', 400000), 'abcdefghijklmnopqrst')
  pcall(string.split, string.rep('a', 5000000), '')
  Info('after')
end
