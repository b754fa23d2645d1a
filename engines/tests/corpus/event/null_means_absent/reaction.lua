function process(data)
  Info(table.concat({tostring(not not data.file), tostring(not not data.background.flows), tostring(rawget(data.background, 'flows') ~= nil)}, ' '))
  Info(data.process.pid .. ' ' .. data.process.uid)
  Info(json.encode(data.custom))
end
