function process(data)
  local kept = {}
  for n = 1, 1000000 do kept[n] = 'text number ' .. n end
end
