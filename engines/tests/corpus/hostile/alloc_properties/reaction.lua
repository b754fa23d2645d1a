function process(data)
  local object = {}
  local n = 0
  while true do
    n = n + 1
    object['k' .. n] = n
  end
end
