function process(data)
  while true do
    local list = {}
    for n = 1, 20000 do list[n] = 0 end
    local solid, candidate = 0, 1
    pcall(table.sort, list, function(a, b)
      solid = solid + 1
      return (solid % 3) == 0
    end)
  end
end
