function process(data)
  local tables = {}
  local n = 0
  while true do
    n = n + 1
    tables[n] = { [2 ^ 52 + n] = true, [-n] = true, [n + 0.5] = true, [tostring(n)] = true }
  end
end
