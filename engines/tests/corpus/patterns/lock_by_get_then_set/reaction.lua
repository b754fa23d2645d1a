function process(data)
  local lock = 'processing_' .. name .. '_' .. string.sub(uuid, -8)
  if DataHasKey(lock) then
    Info('another is at it')
    return
  end
  DataSet(lock, Now())
end
