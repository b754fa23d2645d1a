local deepest = 0

local function deeper(n)
  deepest = n
  return pcall(deeper, n + 1)
end

function process(data)
  deeper(0)
  Info(tostring(deepest > 10))
end
