function process(data)
  error('a\255b')
end
