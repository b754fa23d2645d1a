function process(data)
  tonumber(string.rep('1', 20000000))
  tonumber('0.' .. string.rep('1', 20000000))
  tonumber(string.rep('1', 20000000), 36)
end
