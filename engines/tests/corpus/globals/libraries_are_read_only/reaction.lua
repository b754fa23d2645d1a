function process(data)
  local changed = 0
  for _, library in ipairs({string, table, math, coroutine, json}) do
    if pcall(function() library.own = 1 end) then changed = changed + 1 end
    if pcall(rawset, library, 'own', 1) then changed = changed + 1 end
    if pcall(setmetatable, library, {}) then changed = changed + 1 end
    for key in pairs(library) do
      if pcall(function() library[key] = nil end) then changed = changed + 1 end
    end
    if pcall(table.insert, library, 1) then changed = changed + 1 end
    if table.clear and pcall(table.clear, library) then changed = changed + 1 end
  end
  Info(changed .. ' changed')
  local upper = string.upper
  string = { upper = function(text) return 'own ' .. upper(text) end }
  Info(string.upper('ab'))
end
