function process(data)
  string.gsub(string.rep('a', 1000000), '.*', string.rep('%0', 1000))
end
