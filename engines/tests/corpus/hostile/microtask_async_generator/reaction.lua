function process(data)
  local numbers = coroutine.wrap(function()
    local n = 0
    while true do
      coroutine.yield(n)
      n = n + 1
    end
  end)
  for _ in numbers do end
end
