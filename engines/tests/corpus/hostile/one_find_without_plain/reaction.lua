function process(data)
  local text = string.rep('a', 3000000)
  for _, size in ipairs({1, 2, 3, 7, 64, 1000, 100000, 1000000}) do
    string.find(text, string.rep('a', size) .. 'b')
    string.match(text, string.rep('a', size) .. 'b')
  end
end
