local numbers = coroutine.wrap(function()
  for n = 1, 3 do coroutine.yield(n) end
end)
local finished = coroutine.create(function() return 'x' end)

function process(data)
  local list, keys = {}, {}
  for n in numbers do list[#list + 1] = n end
  for key in pairs({ a = 1, b = 2 }) do keys[#keys + 1] = key end
  table.sort(keys)
  local _, value = coroutine.resume(finished)
  Info(table.concat({table.concat(list, ','), table.concat(keys, ','), #keys, tostring(value)}, ' '))
end
