local state = 'fresh'

function process(data)
  Info(state)
  state = 'spoilt'
  while true do DataHasKey('k') end
end
