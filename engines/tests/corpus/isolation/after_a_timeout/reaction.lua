local state = 'fresh'

function process(data)
  Info(state)
  state = 'spoilt'
  _G.Info = false
  while true do state = state .. '' end
end
