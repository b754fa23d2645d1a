local function tell(result)
  Info((result == nil and 'null' or tostring(result)) .. ' ' .. Errno())
end

function process(data)
  tell(DataIncr('word'))
  tell(DataIncr('half'))
  tell(DataIncr('n', 0.5))
  tell(DataIncr('n', 'ten'))
  tell(DataIncr('n', {}))
  tell(DataIncr('most'))
  tell(DataIncr('least', -1))
end
