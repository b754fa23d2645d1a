local function deep(n)
  if n == 0 then coroutine.yield() return 0 end
  return 1 + deep(n - 1)
end

function process(data)
  local jobs = {}
  while true do
    local job = coroutine.create(deep)
    coroutine.resume(job, 15000)
    table.insert(jobs, job)
  end
end
