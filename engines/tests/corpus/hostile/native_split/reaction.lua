function process(data)
  local text = string.rep('a', 1000000)
  local separator = string.rep('a', 500000) .. 'b'
  if string.split then
    string.split(text, separator)
  else
    string.find(text, separator, 1, true)
  end
end
