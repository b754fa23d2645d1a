function process(data)
  local ran = 0
  for _ = 1, 10 do
    setmetatable({}, {__gc = function() ran = ran + 1 while true do end end})
  end
  local held = {}
  for n = 1, 20000 do held[n % 100] = {n} end
  Info(ran)
end
