function process(data)
  string.rep('xxxxxxxx', 2147483647)
end
