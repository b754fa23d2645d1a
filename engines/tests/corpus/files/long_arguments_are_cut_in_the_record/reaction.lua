function process(data)
  local dir = CreateTempDir()
  WriteFile(dir .. '/x', string.rep('x', 1000))
  Info(#ReadFile(dir .. '/x'))
end
