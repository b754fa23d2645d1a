function process(data)
  local dir = data.dir
  Info(ReadFile(dir .. '/open/a.txt'))
  Info('[' .. ReadFile(dir .. '/shut.txt') .. ']')
  Info('[' .. ReadFile(dir .. '/open/way') .. ']')
  Info(Stat(dir .. '/shut.txt') == nil and 'null' or 'told')
  Info(WriteFile(dir .. '/open/x.log', 'y'))
  Info(WriteFile(dir .. '/open/x.txt', 'y'))
  Info(WriteFile(dir .. '/x.log', 'y'))
  Info(AppendFile(dir .. '/open/sub/x.log', 'y'))
end
