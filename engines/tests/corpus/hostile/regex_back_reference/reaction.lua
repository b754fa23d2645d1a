function process(data)
  string.find(string.rep('a', 5000), '(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)%1x')
end
