local state = 'fresh'

function process(data)
  Info(state)
  state = 'spoilt'
  _G.Info = false
  error('on purpose')
end
