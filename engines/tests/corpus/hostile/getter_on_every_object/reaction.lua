function process(data)
  local function endless()
    while true do end
  end
  for _, key in ipairs({'__index', '__newindex', '__len', '__eq', '__lt', '__concat', '__tostring', '__call', '__gc', '__metatable', '__name'}) do
    pcall(function() getmetatable('')[key] = endless end)
    pcall(function() rawset(getmetatable(''), key, endless) end)
  end
  Info(('x'):upper() .. ' ' .. #'x' .. ' ' .. tostring(('x').absent))
  return {}
end
