local function text(value)
  return value == nil and 'null' or tostring(value)
end

function process(data)
  Info(table.concat({'[' .. ReadFile('/etc/passwd') .. ']', text(Stat('/etc/passwd')), WriteFile('/tmp/x', 'y'), AppendFile('/tmp/x', 'y'), '[' .. CreateTempDir() .. ']', RemoveDir('/tmp/x')}, ' '))
  Info(Errno())
end
