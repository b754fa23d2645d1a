function process(data)
  local list = {}
  for n = 1, 200000 do list[n] = n end
  local clone = table.clone or function(from)
    local to = {}
    for key, value in pairs(from) do to[key] = value end
    return to
  end
  while true do clone(list) end
end
