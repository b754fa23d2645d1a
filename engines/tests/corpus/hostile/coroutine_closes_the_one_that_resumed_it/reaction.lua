function process(data)
  local main = coroutine.running()
  local outer
  outer = coroutine.create(function()
    local inner = coroutine.create(function()
      pcall(coroutine.close, outer)
      pcall(coroutine.close, main)
      pcall(coroutine.resume, outer)
      pcall(coroutine.resume, main)
    end)
    coroutine.resume(inner)
    return 'alive'
  end)
  local _, answer = coroutine.resume(outer)
  Info(tostring(answer))
end
