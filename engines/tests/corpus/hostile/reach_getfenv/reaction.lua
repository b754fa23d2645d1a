function process(data)
  local changed = 0
  for _, name in ipairs({'getfenv', 'setfenv'}) do
    local f = _G[name]
    if f then
      for _, of in ipairs({0, 1, 2, print or pcall, Info, string.format, process}) do
        if pcall(f, of, { Info = error }) and name == 'setfenv' then changed = changed + 1 end
      end
    end
  end
  Info('changed ' .. changed)
end
