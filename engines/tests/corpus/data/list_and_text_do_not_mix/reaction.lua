local function tell(result)
  Info((result == nil and 'null' or tostring(result)) .. ' ' .. Errno())
end

function process(data)
  DataSet('t', 'text')
  DataPush('l', 'member')
  tell(DataPush('t', 'x'))
  tell('[' .. DataPop('t') .. ']')
  tell(DataIncr('l'))
  tell(DataCas('l', '', 'x'))
  Info(DataSet('l', 'now text') .. ' ' .. DataGet('l'))
end
