function process(data)
  local text = string.rep('a', 3000000)
  for _, size in ipairs({1, 2, 3, 7, 64, 1000, 100000, 1000000}) do
    string.find(text, string.rep('a', size) .. 'b', 1, true)
    string.find(text, 'b' .. string.rep('a', size), 1, true)
    string.find(text, string.rep('a', size) .. 'b' .. string.rep('a', size), 1, true)
  end
end
