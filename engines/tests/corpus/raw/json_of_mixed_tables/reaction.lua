function process(data)
  Info(json.encode({ 1, 2, a = 3 }))
  Info(json.encode({ [1.5] = 1 }))
  Info(json.encode({ [true] = 1 }))
  Info(json.encode({ [1] = 1, [3] = 3 }))
  Info(tostring((pcall(json.encode, { [{}] = 1 }))))
end
