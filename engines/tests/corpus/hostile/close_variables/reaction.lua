local function closing() return setmetatable({}, {__close = function() while true do end end}) end

function process(data)
  local thread = coroutine.create(function()
    local held <close> = closing()
    while true do end
  end)
  pcall(coroutine.resume, thread)
  pcall(coroutine.close, thread)
  local wrapped = coroutine.wrap(function()
    local held <close> = closing()
    while true do end
  end)
  pcall(wrapped)
  while true do pcall(function() local held <close> = closing() end) end
end
