function process()
  for n = 1, 100000 do _G['global' .. n] = n end
  local deep
  deep = (function()
    return function(n)
      if n == 0 then error({}) end
      local ok, message = pcall(deep, n - 1)
      pcall(string.rep)
      pcall(string.rep, {}, {})
      error(message, 0)
    end
  end)()
  while true do pcall(deep, 60) end
end
