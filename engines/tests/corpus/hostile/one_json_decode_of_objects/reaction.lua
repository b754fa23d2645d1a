function process(data)
  json.decode('[' .. string.rep('{"a":{}},', 1000000) .. '1]')
end
