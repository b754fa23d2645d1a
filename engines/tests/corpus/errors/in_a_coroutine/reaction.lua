function process(data)
  local job = coroutine.wrap(function()
    error('within')
  end)
  Info('before')
  job()
end
