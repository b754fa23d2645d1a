function process(data)
  local args = data.process.args
  Info(table.concat(args, '|') .. ' ' .. #args)
  local list = data.custom
  local sum, more, some, at = 0, 0, false, 0
  for index, item in ipairs(list) do
    sum = sum + item.n
    if item.n > 1 then more = more + 1 end
    some = some or item.n == 3
    if item.n == 2 then at = index - 1 end
  end
  Info(table.concat({sum, more, tostring(some), at}, ' '))
  local seen = {}
  for n = 1, #list do table.insert(seen, list[n].n) end
  Info(table.concat(seen, ' '))
  table.sort(list, function(a, b) return a.n > b.n end)
  local backwards = {}
  for _, item in ipairs(list) do table.insert(backwards, item.n) end
  Info(table.concat(backwards, ' '))
end
