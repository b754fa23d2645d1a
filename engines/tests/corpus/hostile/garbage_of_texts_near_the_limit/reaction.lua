function process(data)
  local kept = string.rep('k', 6000000)
  local sum = 0
  for n = 1, 30 do
    local text = string.rep('x', 3000000 + n)
    sum = sum + #text
  end
  local joined
  for n = 1, 20 do joined = 'a' .. n .. string.rep('y', 2000000) end
  Info(#kept .. ' ' .. sum .. ' ' .. #joined)
end
