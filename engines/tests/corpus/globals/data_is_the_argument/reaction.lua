local function change()
  data.process.note = 'set'
  data.extra = 5
  table.insert(data.process.args, 'c')
end

local function told()
  return data.more .. ' ' .. data.process.pid
end

function process(event)
  change()
  Info(event.process.note .. ' ' .. event.extra .. ' ' .. table.concat(event.process.args, ','))
  event.more = 'later'
  Info(told())
  Info(json.encode(data.process))
end
