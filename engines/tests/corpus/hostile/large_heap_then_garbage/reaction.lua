function process(data)
  local kept = {}
  for n = 1, 200000 do kept[n] = { n } end
  while true do
    local text = 'x' .. #kept .. math.random()
  end
end
