function process(data)
  local n = 0
  while true do
    n = n + 1
    pcall(Info, n)
  end
end
