function process(data)
  local levels = {data.custom, data.custom.list, data.custom.deep}
  pcall(rawset, levels[1], 1, 999999)
  pcall(rawset, levels[2], 1, 'first')
  pcall(function() levels[3][1] = -1 end)
  Info(tostring(levels[1].a) .. ' ' .. tostring(levels[2][1]) .. ' ' .. tostring(levels[2][2]) .. ' ' .. tostring(levels[3].x))
  local forged = setmetatable({12345}, getmetatable(data.other))
  Info(tostring(forged[1]) .. ' ' .. tostring(forged.a))
end
