function process()
  local function full()
    pcall(full)
    while true do end
  end
  while true do
    pcall(full)
  end
end
