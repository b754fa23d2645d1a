function process(data)
  local text = '[' .. string.rep('{"a":[1,2,3]},', 20000) .. '0]'
  while true do json.decode(text) end
end
