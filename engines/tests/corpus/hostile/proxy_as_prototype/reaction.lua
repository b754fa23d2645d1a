function process(data)
  local trap = setmetatable({}, {
    __index = function()
      while true do end
    end,
  })
  local done = pcall(setmetatable, getmetatable(''), trap)
  pcall(setmetatable, string, trap)
  pcall(setmetatable, _G, trap)
  return ('x').absent, string.absent, absent
end
