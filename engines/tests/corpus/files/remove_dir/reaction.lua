function process(data)
  local dir = CreateTempDir('case-*')
  WriteFile(dir .. '/a', 'evidence')
  Info(ReadFile(dir .. '/a'))
  Info(RemoveDir(dir) .. ' ' .. (Stat(dir) == nil and 'null' or 'there') .. ' [' .. ReadFile(dir .. '/a') .. ']')
  Info(RemoveDir(dir))
end
