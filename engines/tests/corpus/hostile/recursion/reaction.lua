local function deeper(n)
  return deeper(n + 1) + 1
end

function process(data)
  deeper(0)
end
