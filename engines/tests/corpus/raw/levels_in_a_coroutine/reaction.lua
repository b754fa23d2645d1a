function process(data)
  local work = coroutine.wrap(function(custom)
    coroutine.yield(table.concat(custom.list, ' '))
    table.insert(custom.list, 4)
    custom.deep.inner.x = 'changed'
  end)
  Info(work(data.custom))
  work()
  Info(#data.custom.list .. ' ' .. data.custom.deep.inner.x)
end
