function process(data)
  local numbers = coroutine.wrap(function()
    while true do coroutine.yield('x') end
  end)
  local list = {}
  for each in numbers do list[#list + 1] = each end
end
