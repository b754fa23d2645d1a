function process(data)
  utf8.len(string.rep('ü', 10000000))
end
