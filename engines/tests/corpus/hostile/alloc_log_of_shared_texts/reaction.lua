function process(data)
  local text = string.rep('x', 1000000)
  local list = {}
  for n = 1, 100000 do list[n] = text end
  for _ = 1, 10 do
    Info(list)
    DataSet('k', list)
    WriteFile('/tmp/x', list)
  end
end
