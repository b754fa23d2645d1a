coroutine.yield()

function process(data)
  Info('never')
end
