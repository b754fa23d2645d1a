function process(data)
  local file = data.file
  Info(table.concat({file.file, table.concat(file.actions, ','), tostring(file.open), tostring(file.llseek), tostring(not not file.execve)}, ' '))
  Info(table.concat({file.file, file.dir, file.basename}, ' '))
end
