function process(data)
  local text = string.rep('ab', 2000000)
  while true do
    if string.reverse(text) == text then return end
  end
end
