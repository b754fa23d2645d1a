function process(data)
  error(coroutine.create(process))
end
