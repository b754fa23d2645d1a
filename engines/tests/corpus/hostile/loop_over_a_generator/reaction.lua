function process(data)
  local numbers = coroutine.wrap(function()
    pcall(function()
      local n = 0
      while true do
        coroutine.yield(n)
        n = n + 1
      end
    end)
  end)
  for n in numbers do
    if n < 0 then break end
  end
end
