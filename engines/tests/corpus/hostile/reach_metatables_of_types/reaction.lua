function process(data)
  local changed = 0
  for _, value in ipairs({vector and vector.create(1, 2, 3) or 'x', process, coroutine.create(process), buffer and buffer.create(1) or 'x', 1, true}) do
    local meta = getmetatable(value)
    if meta ~= nil then
      if pcall(rawset, meta, '__index', error) then changed = changed + 1 end
      if pcall(function() meta.__eq = error end) then changed = changed + 1 end
    end
    if pcall(setmetatable, value, {}) then changed = changed + 1 end
  end
  Info('changed ' .. changed)
end
