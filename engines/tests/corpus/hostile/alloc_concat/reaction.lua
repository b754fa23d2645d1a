function process(data)
  local list = {1, 2, 3, 4}
  while true do
    local size = #list
    if table.move then
      table.move(list, 1, size, size + 1)
    else
      for n = 1, size do list[size + n] = list[n] end
    end
  end
end
