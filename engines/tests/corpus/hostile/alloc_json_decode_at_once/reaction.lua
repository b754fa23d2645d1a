function process(data)
  json.decode('[' .. string.rep('[],', 3000000) .. '0]')
end
