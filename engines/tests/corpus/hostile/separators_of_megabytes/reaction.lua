function process()
  local long = string.rep('x', 3000000)
  local list = {}
  for n = 1, 1000 do list[n] = '' end
  while true do
    pcall(string.rep, '', 100000, long)
    pcall(string.rep, long, 3, long)
    pcall(table.concat, list, long)
    pcall(string.gsub, long, 'x', long)
    pcall(string.format, '%s%s%s%s%s%s', long, long, long, long, long, long)
  end
end
