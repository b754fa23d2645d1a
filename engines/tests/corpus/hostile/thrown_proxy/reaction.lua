function process(data)
  local endless
  endless = setmetatable({}, {})
  getmetatable(endless).__index = endless
  getmetatable(endless).__tostring = endless
  getmetatable(endless).__call = function()
    while true do end
  end
  error(endless)
end
