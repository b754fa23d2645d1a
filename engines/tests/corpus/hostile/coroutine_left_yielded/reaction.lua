local left = 0

function process(data)
  Info('left ' .. left)
  for _ = 1, 100 do
    left = left + 1
    local job = coroutine.create(function()
      pcall(function()
        coroutine.yield()
        DataSet('late', 'yes')
      end)
      DataSet('late', 'yes')
    end)
    coroutine.resume(job)
  end
end
