function process(data)
  Info(DataPush('l', 'a') .. ' ' .. DataPush('l', 'b') .. ' ' .. DataGet('l'))
  Info(DataPop('l') .. ' ' .. DataPop('l') .. ' [' .. DataPop('l') .. '] [' .. Errno() .. ']')
  Info(tostring(DataHasKey('l')) .. ' ' .. DataSize())
end
