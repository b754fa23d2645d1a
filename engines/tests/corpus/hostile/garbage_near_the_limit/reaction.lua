function process(data)
  local kept = {}
  for n = 1, 60000 do kept[n] = { n } end
  local last
  for n = 1, 300000 do last = { n, kept[n % 60000 + 1] } end
  Info(tostring(#kept) .. ' ' .. last[1])
end
