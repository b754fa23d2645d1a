function process(data)
  local text = string.rep('a', 200000)
  local needle = string.rep('a', 100000) .. 'b'
  while true do string.find(text, needle, 1, true) end
end
