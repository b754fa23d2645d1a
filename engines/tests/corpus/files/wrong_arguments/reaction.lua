local function tell(result)
  Info((result == nil and 'null' or tostring(result)) .. ' ' .. Errno())
end

function process(data)
  tell('[' .. ReadFile() .. ']')
  tell('[' .. ReadFile(nil) .. ']')
  tell(Stat({}))
  tell(WriteFile('/tmp/x'))
  tell(WriteFile('/tmp/x', {'y'}))
  tell(AppendFile(nil, 'y'))
  tell('[' .. CreateTempDir({}) .. ']')
  tell(RemoveDir())
end
