kind = 'own'

function process(event)
  Info(kind .. ' ' .. name .. ' ' .. uuid)
  name, uuid = 'gone', nil
end
