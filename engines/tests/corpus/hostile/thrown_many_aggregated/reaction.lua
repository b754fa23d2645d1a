function process(data)
  local faults = {}
  for n = 1, 20000 do faults[n] = { message = n } end
  error(faults)
end
