function process(data)
  local format = string.rep('i4', 100000)
  while true do
    if string.packsize then string.packsize(format) else string.rep(format, 1) end
  end
end
