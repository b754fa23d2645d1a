function process(data)
  if not table.move then error('no table.move') end
  table.move({1, 2, 3}, -2147483648, 2147483647, 1)
end
