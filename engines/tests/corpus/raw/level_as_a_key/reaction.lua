function process(data)
  local seen = { [data.custom] = 'found' }
  local before = seen[data.custom]
  if data.custom.a ~= 1 then error('odd') end
  Info(before .. ' ' .. seen[data.custom])
end
