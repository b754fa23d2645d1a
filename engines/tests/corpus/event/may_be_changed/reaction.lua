function process(data)
  data.custom.drop = nil
  data.custom.added = {true}
  Info(json.encode(data.custom))
  data.process.pid = data.process.pid + 1
  data.process.comm = 'sh'
  data.process.args[1] = 'c'
  table.insert(data.process.args, 'new')
  Info(table.concat({data.process.pid, data.process.comm, table.concat(data.process.args, ',')}, ' '))
  Info((data.custom.drop == nil and 'undefined' or 'there') .. ' ' .. #data.process.args)
  local keys = {}
  for key in pairs(data.custom) do table.insert(keys, key) end
  table.sort(keys, function(a, b) return a > b end)
  Info(table.concat(keys, ','))
end
