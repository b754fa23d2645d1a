function process(data)
  local text = string.rep('x\n', 5000000)
  for _ = 1, 3 do pcall(error, text) end
  local _, told = xpcall(error, function(fault) return fault end, text)
  coroutine.wrap(function() error(told) end)()
end
