function process(data)
  local work = coroutine.wrap(function()
    Info('before')
    coroutine.yield()
    error('rejected')
  end)
  work()
  work()
end
