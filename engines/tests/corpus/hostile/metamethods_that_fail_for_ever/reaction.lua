function process()
  local meta, proxy = {}, nil
  local names = { '__index', '__newindex', '__call', '__concat', '__add', '__unm', '__len', '__eq', '__lt', '__le', '__tostring' }
  for _, name in ipairs(names) do
    meta[name] = function()
      pcall(function() return proxy.field .. proxy end)
      xpcall(function() return proxy + proxy < proxy end, function() return proxy() end)
      error(proxy)
    end
  end
  proxy = setmetatable({}, meta)
  while true do
    pcall(function() proxy.field = -proxy end)
    pcall(tostring, proxy)
  end
end
