function process(data)
  local unpack = table.unpack or unpack
  return unpack({}, 1, 2147483646)
end
