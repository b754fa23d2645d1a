function process(data)
  local format = string.rep('%c', 100)
  while true do os.date(format) end
end
