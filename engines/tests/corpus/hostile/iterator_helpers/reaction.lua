local function numbers()
  return coroutine.wrap(function()
    local n = 0
    while true do
      coroutine.yield(n)
      n = n + 1
    end
  end)
end

local function map(source, f)
  return coroutine.wrap(function()
    for each in source do coroutine.yield(f(each)) end
  end)
end

local function filter(source, f)
  return coroutine.wrap(function()
    for each in source do
      if f(each) then coroutine.yield(each) end
    end
  end)
end

function process(data)
  local list = {}
  for each in filter(map(numbers(), function(n) return n + 1 end), function(n) return n < 0 end) do table.insert(list, each) end
end
