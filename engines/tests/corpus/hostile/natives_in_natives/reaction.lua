function process()
  local kinds, down = {}, nil
  local function any(n)
    return kinds[n % #kinds + 1](n + 1)
  end
  kinds[1] = function(n)
    table.sort({ 3, 1, 2 }, function(a, b)
      any(n)
      return a < b
    end)
  end
  kinds[2] = function(n)
    string.gsub('x', 'x', function() any(n) end)
  end
  kinds[3] = function(n)
    return string.format('%s', setmetatable({}, { __tostring = function()
      any(n)
      return ''
    end }))
  end
  kinds[4] = function(n)
    local thread = coroutine.create(any)
    coroutine.resume(thread, n)
  end
  kinds[5] = function(n)
    xpcall(error, function() any(n) end)
  end
  while true do
    for n = 1, #kinds do
      pcall(any, n)
    end
  end
end
