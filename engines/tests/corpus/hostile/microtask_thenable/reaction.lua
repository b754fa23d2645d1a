function process(data)
  local function next_one()
    return coroutine.wrap(function() return next_one() end)
  end
  local at = next_one()
  while true do at = at() end
end
