function process(data)
  local path = data.dir .. '/new.log'
  Info(AppendFile(path, 'one\n') .. ' ' .. AppendFile(path, 'two\n') .. ' ' .. ReadFile(path))
  Info(AppendFile(data.dir .. '/old.log', 'new\n') .. ' ' .. ReadFile(data.dir .. '/old.log'))
end
