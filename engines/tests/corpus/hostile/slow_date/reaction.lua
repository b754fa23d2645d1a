function process(data)
  local format = string.rep('%c', 100000)
  while true do os.date(format) end
end
