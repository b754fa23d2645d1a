function process(data)
  local text = 'aaaaaaaaaa'
  while true do text = string.gsub(text, 'a', 'aaaaaaaaaa') end
end
