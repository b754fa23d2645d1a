local function tell(value)
  return value == nil and 'absent' or 'present'
end

function process(data)
  Info(table.concat({tell(data.nothing), tell(data.process.nothing), tell(data.background.flows)}, ' '))
  Info(data.process.comm or 'fallback')
end
