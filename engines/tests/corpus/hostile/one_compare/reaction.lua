function process(data)
  local a = string.rep('a', 15000000)
  local b = string.rep('a', 15000000) .. 'b'
  return a < b
end
