function process(data)
  local trap = setmetatable({}, {
    __index = function()
      while true do end
    end,
  })
  pcall(setmetatable, getmetatable(''), { __index = trap })
  pcall(setmetatable, string, { __index = trap })
  setmetatable(_G, { __index = trap })
  return ('x').absent, string.absent, absent
end
