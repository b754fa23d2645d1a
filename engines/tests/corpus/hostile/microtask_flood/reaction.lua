function process(data)
  local jobs = {}
  local function again()
    table.insert(jobs, coroutine.create(again))
    table.insert(jobs, coroutine.create(again))
  end
  again()
  local at = 1
  while true do
    coroutine.resume(jobs[at])
    at = at + 1
  end
end
