local state = 'start'

function process(data)
  Info(state)
  state = 'spoilt'
  local job = coroutine.create(function()
    coroutine.yield()
    _G.late = true
    Info('late')
  end)
  coroutine.resume(job)
  _G.job = job
  error('never')
end
