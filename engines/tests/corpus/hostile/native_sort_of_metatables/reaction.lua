function process(data)
  local compare = { __lt = function()
    while true do end
  end }
  local list = {}
  for n = 1, 3 do list[n] = setmetatable({}, compare) end
  table.sort(list)
end
