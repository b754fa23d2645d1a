function process(data)
  local object = {}
  local middle = string.rep('x', 2000)
  local n = 0
  while true do
    n = n + 1
    object[middle .. n .. middle] = n
  end
end
