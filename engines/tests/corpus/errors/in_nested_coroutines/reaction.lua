function process(data)
  local function fail()
    error(data.process.comm)
  end
  local inner = function() coroutine.wrap(fail)() end
  local given = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return a + b end)
  if given(1) ~= 2 or given(5) ~= 6 then error('odd') end
  Info(tostring((pcall(given))))
  coroutine.wrap(function() coroutine.wrap(inner)() end)()
end
