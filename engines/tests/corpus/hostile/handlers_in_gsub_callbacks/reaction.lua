function process()
  local handler
  local function deep(n)
    return (string.gsub('x', 'x', function()
      xpcall(deep, handler, n + 1)
      return 'y'
    end))
  end
  handler = function()
    while true do
      pcall(deep, 0)
      xpcall(deep, handler, 0)
    end
  end
  while true do
    xpcall(deep, handler, 0)
  end
end
