function process(data)
  local reached = {}
  for _, level in ipairs({data, data.process, data.custom, data.custom.list}) do
    local meta = getmetatable(level)
    if meta ~= nil then table.insert(reached, type(meta)) end
    if type(meta) == 'table' then pcall(rawset, meta, '__index', nil) end
    if rawget(level, 1) ~= nil and rawget(level, 1) ~= 'first' then table.insert(reached, 'place') end
    if level[1] ~= nil and level[1] ~= 'first' then table.insert(reached, 'place') end
    if table.find and table.find(level, 0) then table.insert(reached, 'place') end
  end
  Info('reached ' .. table.concat(reached, ' '))
end
