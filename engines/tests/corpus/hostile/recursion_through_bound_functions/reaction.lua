function process(data)
  local bound = function() return 1 end
  for _ = 1, 50000 do
    local before = bound
    bound = function() return (before()) end
  end
  bound()
end
