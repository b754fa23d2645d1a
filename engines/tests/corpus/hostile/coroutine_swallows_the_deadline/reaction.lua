function process(data)
  while true do
    local job = coroutine.create(function()
      while true do end
    end)
    coroutine.resume(job)
    coroutine.resume(job)
  end
end
