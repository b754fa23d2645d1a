function process(data)
  local job = coroutine.create(function()
    while true do coroutine.yield() end
  end)
  while coroutine.resume(job) do end
  while true do end
end
