function process(data)
  local n = 0
  while true do
    n = n + 1
    data['k' .. n] = { n = n, data = data }
  end
end
