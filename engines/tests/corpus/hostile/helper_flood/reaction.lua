function process(data)
  while true do DataHasKey('k') end
end
