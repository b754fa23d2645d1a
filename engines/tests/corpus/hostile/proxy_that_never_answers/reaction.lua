function process(data)
  return #setmetatable({}, {
    __len = function()
      while true do end
    end,
  }), setmetatable({}, {
    __index = function()
      while true do end
    end,
  }).field
end
