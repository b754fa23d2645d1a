function process(data)
  if not table.move then error('no table.move') end
  table.move({}, 1, 1000000000, 2)
end
