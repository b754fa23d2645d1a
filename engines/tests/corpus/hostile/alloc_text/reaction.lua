function process(data)
  local text = 'x'
  while true do text = text .. text .. string.byte(text) end
end
