local function tell(result)
  Info((result == nil and 'null' or tostring(result)) .. ' ' .. Errno())
end

function process(data)
  tell('[' .. ReadFile('etc/passwd') .. ']')
  tell('[' .. ReadFile('') .. ']')
  tell('[' .. ReadFile('/tmp/../etc/passwd') .. ']')
  tell('[' .. ReadFile('/etc/passwd\0.txt') .. ']')
  tell(Stat('etc/passwd'))
  tell(Stat('/..'))
  tell(WriteFile('x', 'y'))
  tell(WriteFile('/tmp/a/../b', 'y'))
  tell(AppendFile('../x', 'y'))
  tell(RemoveDir('/tmp/..'))
end
