function process(data)
  if not DataCas('busy', '', 'me') then Info('busy already') end
  local id = string.sub(uuid, -9)
  local lock = 'processing_' .. id
  if not DataCas(lock, '', Now()) then
    Info('another is at it')
    return
  end
  local done, fault = pcall(function()
    Info('locked ' .. id .. ' ' .. tostring(not DataCas(lock, '', 'again')))
    DataIncr('count')
  end)
  DataDelete(lock)
  if not done then error(fault, 0) end
  Info('free ' .. tostring(not DataHasKey(lock)))
end
