function process(data)
  local text = string.rep('ß', 1000000)
  while true do string.upper(text) end
end
