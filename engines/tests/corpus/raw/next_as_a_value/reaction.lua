function process(data)
  local done, key, value = pcall(next, data.custom.deep)
  Info(tostring(done) .. ' ' .. tostring(key) .. ' ' .. type(value))
  local mine = next
  Info(tostring((mine(data.custom.deep))))
  Info(tostring((coroutine.wrap(next)(data.custom.deep))))
  for each in next, data.custom.deep, nil do Info(each) end
end
