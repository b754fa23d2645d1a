function process(data)
  Info(json.encode(data.custom))
  local list = data.custom.list
  Info(table.concat({list[1], list[2], list[3]}, ' ') .. ' ' .. #list)
end
