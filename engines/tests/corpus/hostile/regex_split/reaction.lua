function process(data)
  for _ in string.gmatch(string.rep('a', 4000), '(a-)(a-)(a-)c') do end
end
