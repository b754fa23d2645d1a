function process(data)
  local failing = coroutine.create(function() error('late', 0) end)
  local done, fault = coroutine.resume(failing)
  coroutine.wrap(function() coroutine.yield() end)()
  if not done and coroutine.status(failing) == 'dead' then Info('handled ' .. fault) end
end
