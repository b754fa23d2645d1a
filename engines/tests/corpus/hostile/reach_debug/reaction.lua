function process(data)
  local reached = {}
  if debug then
    for _, name in ipairs({'getregistry', 'getupvalue', 'setupvalue', 'getlocal', 'setlocal', 'sethook', 'setmetatable', 'getmetatable', 'getuservalue', 'upvaluejoin'}) do
      if debug[name] then table.insert(reached, name) end
    end
  end
  Info('reached ' .. table.concat(reached, ' '))
end
