function process(data)
  local job
  job = coroutine.create(function()
    while true do
      coroutine.resume(job)
      pcall(coroutine.close, job)
      pcall(coroutine.wrap(function() return coroutine.running() end))
    end
  end)
  coroutine.resume(job)
  while true do end
end
