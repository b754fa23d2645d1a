function process(data)
  local map = {}
  while true do map[{}] = true end
end
