function process(data)
  local text = string.rep('a', 10000000)
  text = string.upper(text)
  string.reverse(text)
end
