function process(data)
  local thread = coroutine.create(function()
    local held <close> = setmetatable({}, {__close = function() while true do end end})
    error('x')
  end)
  coroutine.resume(thread)
  coroutine.close(thread)
end
