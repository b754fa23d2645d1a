function process(data)
  local list = {1, 2, 3, 4, 5, a = 1, b = 2}
  for key in pairs(list) do
    list[key] = nil
    list[key .. 'x'] = true
    if #list == 0 then break end
  end
  string.gsub('abc', '%w', function()
    for n = #list, 1, -1 do table.remove(list, n) end
    table.insert(list, 'x')
  end)
  table.concat(list)
  if table.move then table.move(list, 1, 10, 3) end
end
