function process(data)
  local job
  local function again()
    job = coroutine.create(again)
  end
  again()
  while true do coroutine.resume(job) end
end
