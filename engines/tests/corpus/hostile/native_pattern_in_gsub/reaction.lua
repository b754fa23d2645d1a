function process(data)
  string.gsub(string.rep('a', 100000), '.-.-.-b', function() return 'x' end)
end
