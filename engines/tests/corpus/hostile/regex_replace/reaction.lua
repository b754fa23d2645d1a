function process(data)
  string.gsub(string.rep(string.rep('a', 3000) .. ' ', 100), 'a-a-a-a-b', 'x')
end
