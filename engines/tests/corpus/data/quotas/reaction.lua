function process(data)
  Info(DataSet(string.rep('k', 1024), 'v') .. ' ' .. DataSet(string.rep('k', 1025), 'v') .. ' ' .. Errno())
  Info(DataSet('big', string.rep('v', 1048576)) .. ' ' .. DataSet('big', string.rep('v', 1048577)) .. ' ' .. Errno())
  Info(#DataGet('big') .. ' ' .. DataSize())
end
