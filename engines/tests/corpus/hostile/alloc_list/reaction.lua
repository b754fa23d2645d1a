function process(data)
  local list = {}
  while true do table.insert(list, {#list, 'x'}) end
end
