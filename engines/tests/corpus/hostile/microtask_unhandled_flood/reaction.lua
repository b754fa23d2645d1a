function process(data)
  while true do coroutine.resume(coroutine.create(error), {1}) end
end
