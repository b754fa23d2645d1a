function process(data)
  local done, fault = pcall(function()
    local failing = true
    if failing then error('on purpose', 0) end
    local successes = 1
    DataSet('successes', tostring(successes))
  end)
  if not done then
    Error('failed ' .. fault)
    return successes + 1
  end
end
