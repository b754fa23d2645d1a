function process(data)
  json.decode('"' .. string.rep('\\u0001', 2000000) .. '"')
end
