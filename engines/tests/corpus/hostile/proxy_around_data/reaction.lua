function process(data)
  local proxy = setmetatable({}, { __index = data, __len = function() return 0 end })
  json.encode(proxy)
  for key in pairs(proxy.process) do
    if proxy.process[key] == nil then error(key) end
  end
  table.concat(proxy)
  table.sort(proxy)
  if type(proxy) ~= 'table' or proxy.process.absent ~= nil or next(proxy) ~= nil then error('odd') end
end
