function process(data)
  Info(ReadFile(data.dir .. '/a.txt'))
  Info(ReadFile(data.dir .. '/ü.txt'))
  local before = Stat(data.dir .. '/a.txt')
  Info(WriteFile(data.dir .. '/a.txt', 'replaced') .. ' ' .. ReadFile(data.dir .. '/a.txt'))
  Info(before.size .. ' ' .. before.mode)
end
