function process(data)
  if not string.pack then error('no string.pack') end
  local kept = {}
  local n = 0
  while true do
    n = n + 1
    table.insert(kept, string.pack('c500000 s4', tostring(n), string.rep('x', 100000)))
  end
end
