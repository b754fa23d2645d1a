function process(data)
  if not table.move then while true do end end
  while true do pcall(table.move, {}, 1, 2 ^ 52, 2, {}) end
end
