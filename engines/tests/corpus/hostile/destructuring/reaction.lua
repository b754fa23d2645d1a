function process(data)
  local first, second = coroutine.wrap(function()
    while true do end
  end)()
  return first, second
end
