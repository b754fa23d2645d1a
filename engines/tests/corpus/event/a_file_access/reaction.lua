function process(data)
  local file, process = data.file, data.process
  Info(table.concat({file.file, file.dir, file.basename, table.concat(file.actions, ','), tostring(file.open), tostring(file.read), tostring(file.write)}, ' '))
  Info(table.concat({process.pid, process.ppid, process.uid, process.comm, process.exe, process.cmd, table.concat(process.args, ' ')}, ' '))
  Info(table.concat({file.owner.uid, file.permissions.mode, file.metadata.size, file.type}, ' '))
  Info(uuid .. ' ' .. data.timestamp .. ' ' .. tostring(data.uuid == uuid))
end
