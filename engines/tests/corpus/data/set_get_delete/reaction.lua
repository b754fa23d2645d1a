function process(data)
  Info(DataSet('k', 'v') .. ' ' .. DataGet('k') .. ' ' .. DataSet('k', 'w') .. ' ' .. DataGet('k'))
  Info('[' .. DataGet('absent') .. '] ' .. Errno())
  DataSet('gone', '1')
  Info(DataDelete('gone') .. ' ' .. DataDelete('gone') .. ' [' .. DataGet('gone') .. ']')
end
