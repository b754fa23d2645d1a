function process(data)
  return [==[ this text never ends ]=]
end
