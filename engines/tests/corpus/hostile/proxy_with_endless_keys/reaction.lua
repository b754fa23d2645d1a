function process(data)
  local keys = {}
  for n = 1, 50000 do keys[n] = 'k' .. n end
  local proxy = setmetatable({}, { __call = function(_, _, at)
    at = (at or 0) + 1
    if keys[at] then return at, keys[at] end
  end })
  while true do
    for _, key in proxy do keys[key] = nil end
  end
end
