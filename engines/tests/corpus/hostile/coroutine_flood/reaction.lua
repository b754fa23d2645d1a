function process(data)
  local jobs = {}
  while true do
    local job = coroutine.create(function() coroutine.yield() end)
    coroutine.resume(job)
    table.insert(jobs, job)
  end
end
