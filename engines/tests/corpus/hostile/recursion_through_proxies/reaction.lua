function process(data)
  local proxy = {}
  for _ = 1, 20000 do
    local inner = proxy
    proxy = setmetatable({}, { __index = function(_, key) return inner[key] end })
  end
  return proxy.field
end
