local state = {'fresh'}

function process(data)
  Info(state[1])
  state[1] = 'spoilt'
  while true do
    local more = {}
    for n = 1, 1000 do more[n] = n end
    table.insert(state, more)
  end
end
