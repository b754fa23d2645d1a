function process(data)
  json.decode(string.rep('1', 10000000))
  json.decode('0.' .. string.rep('1', 10000000))
end
