function process(data)
  local text = '"'
  while true do text = string.format('%q', text) .. string.format('%q', text) end
end
