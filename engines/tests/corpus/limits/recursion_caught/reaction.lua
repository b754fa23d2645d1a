local deepest = 0

local function deeper(n)
  deepest = n
  return deeper(n + 1) + 1
end

function process(data)
  pcall(deeper, 0)
  Info(tostring(deepest > 50))
end
