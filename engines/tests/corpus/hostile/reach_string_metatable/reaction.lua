function process(data)
  local meta = getmetatable('')
  local changed = 0
  if type(meta) == 'table' then
    if pcall(function() meta.__index = nil end) then changed = changed + 1 end
    if pcall(rawset, meta, '__index', nil) then changed = changed + 1 end
    if pcall(rawset, meta.__index, 'upper', nil) then changed = changed + 1 end
  end
  if pcall(setmetatable, 'x', {}) then changed = changed + 1 end
  Info('changed ' .. changed .. ' ' .. ('x'):upper())
end
