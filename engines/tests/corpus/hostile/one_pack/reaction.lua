function process(data)
  if not string.pack then return end
  local packed = string.pack('z', string.rep('x', 10000000))
  string.unpack('z', packed)
  string.unpack('c10000000', packed)
end
