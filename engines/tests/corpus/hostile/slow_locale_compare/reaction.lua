function process(data)
  local a = string.rep('ä', 1000000)
  local b = a .. 'b'
  while true do
    if b < a then return end
  end
end
