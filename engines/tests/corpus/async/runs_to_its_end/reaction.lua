local function later(value)
  return coroutine.yield(value)
end

function process(data)
  local work = coroutine.create(function()
    Info('start')
    Info(later(1) + later(2))
    later()
    DataSet('k', 'v')
    Info('end')
  end)
  local value
  repeat
    local _, more = coroutine.resume(work, value)
    value = more
  until coroutine.status(work) == 'dead'
end
