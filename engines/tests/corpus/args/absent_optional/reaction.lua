local function tell(result)
  Info(tostring(result) .. ' ' .. Errno())
end

function process(data)
  Info(DataIncr('c', nil) .. ' ' .. DataIncr('c', data.nothing))
  Info(DataIncr('c', nil))
  local sum = DataIncr(nil, nil)
  Info((sum == nil and 'null' or 'set') .. ' ' .. Errno())
  tell(NetBlockIp(data.flow.remte))
  tell(NetBlockDomain(nil))
  DataPush('one')
  tell('[' .. DataPop(nil) .. ']')
  tell(DataPush('v', nil))
  Info(DataPop())
end
