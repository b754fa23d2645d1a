function process(data)
  string.gsub(string.rep('a', 5000000), 'a', '%0%0')
end
