local counter = 0
local LIST = { inner = { words = {'a'} } }
local count
do
  local hidden = 0
  count = function()
    hidden = hidden + 1
    return hidden
  end
end
local class = {}
local object = setmetatable({}, class)
local job = coroutine.create(function() coroutine.yield(1) end)
cache = cache or {}

function process(data)
  Info(table.concat({counter, table.concat(LIST.inner.words, ','), count(), tostring(object.field or 'none'), coroutine.status(job), #cache}, ' '))
  counter = counter + 1
  table.insert(LIST.inner.words, 'b')
  class.__index = function() return 'leaked' end
  coroutine.resume(job)
  coroutine.resume(job)
  cache[1] = 'leaked'
end
