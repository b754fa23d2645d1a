function process(data)
  json.decode('[' .. string.rep('1,', 5000000) .. '1]')
end
