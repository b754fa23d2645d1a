function process(data)
  local function attempt(work)
    local job = coroutine.create(work)
    for _ = 1, 100 do
      if not coroutine.resume(job) then return end
    end
  end
  attempt(function() table.sort({3, 2, 1}, function() return coroutine.yield() end) end)
  attempt(function() string.gsub('abc', '%w', function() return coroutine.yield() end) end)
  attempt(function() pcall(coroutine.yield) pcall(pcall, coroutine.yield) end)
  attempt(function() return setmetatable({}, { __index = coroutine.yield }).x end)
  attempt(function() return tostring(setmetatable({}, { __tostring = coroutine.yield })) end)
  attempt(function() for _ in coroutine.yield do break end end)
  attempt(function() xpcall(error, coroutine.yield, 1) end)
  Info('through')
end
