function process(data)
  local set, read = 0, 0
  for n = 0, 99 do
    if DataSet('perf_' .. n, 'value_' .. n) == 0 then set = set + 1 end
  end
  for n = 0, 99 do
    if DataGet('perf_' .. n) == 'value_' .. n then read = read + 1 end
  end
  for n = 0, 99 do DataDelete('perf_' .. n) end
  Info(set .. ' ' .. read .. ' ' .. DataSize())
end
