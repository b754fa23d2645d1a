local function numbers()
  return coroutine.wrap(function()
    for n = 0, 2 do coroutine.yield(n) end
  end)
end

function process(data)
  local seen = {}
  for n in numbers() do table.insert(seen, n) end
  Info(table.concat(seen, ' '))
end
