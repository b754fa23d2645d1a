function process(data)
  local object = {}
  for _ = 1, 20000 do object = setmetatable({}, { __index = object }) end
  while true do
    if object.absent then return end
  end
end
