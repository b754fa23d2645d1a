function process(data)
  local function endless()
    while true do end
  end
  local list = setmetatable({1, 2, 3}, { __newindex = endless })
  table.insert(list, 4)
  table.sort(list)
  table.remove(list)
  table.concat(list)
end
