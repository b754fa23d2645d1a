function process(data)
  local sum = 0
  while true do
    for n = 1, #data.custom.list do
      local item = data.custom.list[n]
      sum = sum + item.n
      data.custom.list[n] = { n = item.n }
    end
    data.custom.list = { { n = 1 } }
  end
end
