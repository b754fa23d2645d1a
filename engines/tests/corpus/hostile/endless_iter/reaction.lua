function process(data)
  local odd = setmetatable({}, {
    __iter = function()
      return function() return 1 end
    end,
    __call = function() return 1 end,
  })
  for _ in odd do end
end
