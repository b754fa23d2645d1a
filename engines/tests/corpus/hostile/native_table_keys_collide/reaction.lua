function process(data)
  while true do
    local object = {}
    for n = 1, 100000 do object[n * 2 ^ 32] = n end
  end
end
