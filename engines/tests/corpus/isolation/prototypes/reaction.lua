function process(data)
  Info(#{1, 2, 3} .. ' ' .. table.concat({1, 2}, ',') .. ' ' .. tostring(({}).polluted) .. ' ' .. ('ab'):upper())
  local meta = getmetatable('')
  if type(meta) == 'table' then
    pcall(function() meta.__index = { upper = function() return 'hijacked' end } end)
    pcall(rawset, meta, '__index', { upper = function() return 'hijacked' end })
    pcall(rawset, meta, '__concat', function() return 'hijacked' end)
    pcall(rawset, meta, '__tostring', function() return 'hijacked' end)
    pcall(rawset, meta, '__metatable', false)
  end
  pcall(setmetatable, _G, { __index = function() return 'hijacked' end, __metatable = false })
  pcall(setmetatable, string, { __index = function() return 'hijacked' end })
end
