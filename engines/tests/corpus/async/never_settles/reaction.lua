function process(data)
  Info('before')
  coroutine.yield()
  Info('never')
end
