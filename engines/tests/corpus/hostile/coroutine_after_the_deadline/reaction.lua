function process(data)
  coroutine.resume(coroutine.create(function()
    while true do end
  end))
  Info('resumed')
  DataSet('after', 'yes')
end
