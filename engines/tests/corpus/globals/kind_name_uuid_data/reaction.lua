function process(event)
  Info(table.concat({kind, name, uuid, data.event_type}, ' '))
  Info(tostring(data == event) .. ' ' .. data.process.pid)
end
