function process(data)
  pcall(json.decode, '[' .. string.rep('{"a":{"b":{}}},', 400000) .. '0]')
  Info('after')
end
