local function tell(pattern)
  local made = CreateTempDir(pattern)
  Info(made == '' and Errno() ~= '' and 'refused' or 'made ' .. made)
end

function process(data)
  tell('incident')
  tell('a/b-*')
  tell('/etc/x-*')
  tell('../x-*')
  tell('')
  tell('a\0b-*')
end
