function process(data)
  local text = string.rep('ü', 1000000)
  local count = utf8 and utf8.len or string.len
  while true do count(text) end
end
