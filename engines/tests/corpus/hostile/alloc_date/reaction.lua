function process(data)
  local kept = {}
  local format = string.rep('%A %B ', 100000)
  while true do table.insert(kept, os.date(format) .. #kept) end
end
