function process(data)
  data.process = nil
  setmetatable(data, {
    __index = function()
      while true do end
    end,
  })
  return data.process
end
