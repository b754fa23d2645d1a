local kind = 'mine'
local uuid = 3
name = 'own'

function process(data)
  Info(table.concat({kind, uuid, name, data.metadata.name}, ' '))
end
