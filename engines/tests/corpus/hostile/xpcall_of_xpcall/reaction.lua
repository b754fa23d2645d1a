function process()
  local function wrapped(f) return coroutine.wrap(function(...) return xpcall(f, xpcall, ...) end) end
  while true do
    xpcall(xpcall, xpcall, error, xpcall)
    pcall(xpcall, pcall, pcall, xpcall, error)
    xpcall(wrapped(error), wrapped(pcall))
    pcall(wrapped(wrapped(wrapped(error))))
    xpcall(error, error)
    xpcall(coroutine.yield, coroutine.yield)
    pcall(coroutine.wrap(coroutine.yield))
  end
end
