function process(data)
  Info(data.process.pid .. ' ' .. data.process.comm .. ' ' .. json.encode(data.custom.list))
  data.process.pid = 1
  data.process = nil
  for n = #data.custom.list, 1, -1 do table.remove(data.custom.list, n) end
  data.custom = nil
end
