function process(data)
  if collectgarbage then
    pcall(collectgarbage, 'stop')
    pcall(collectgarbage, 'setpause', 1000000)
  end
  local kept
  while true do
    kept = { kept and 1, string.rep('x', 1000) }
    if collectgarbage then pcall(collectgarbage, 'collect') end
  end
end
