function process(data)
  local jobs, done = {}, {}
  for n = 1, 3 do jobs[n] = coroutine.create(function() coroutine.yield() return n end) end
  for round = 1, 2 do
    for n = 1, 3 do
      local _, value = coroutine.resume(jobs[n])
      if round == 2 then done[n] = value end
    end
  end
  Info(table.concat(done, ' '))
end
