local next_number = (function()
  local n = 0
  return function()
    n = n + 1
    return n
  end
end)()

function process(data)
  Info(next_number() .. ' ' .. next_number())
end
